"""Programs of strangers, each run in a process of its own: `isolated`, and `isolated_many` for a whole class.

**What this protects from.** The process that calls stays as it is: no hang, no crash, no name, seed, folder or
recursion limit of the program reaches it, and what comes back is JSON of limited size. The program has a scratch
folder, which is removed, and limits of time, memory, files and output; it is ended with all its threads. What it asks
for besides is refused: files elsewhere are not changed, and are read only in the program's own folder and where Python
is; there is no network, no other process, no signal, no variable of the environment that could hold a key. Three
things see to that:

- an audit hook of Python, everywhere, which says in words what was refused (`autograd.isolation.sandbox`);
- on Linux the kernel, by Landlock and seccomp, whatever C or machine code the program reaches for: what is refused
  then stays refused, also by memory tricks (`autograd.isolation.kernel`);
- limits of the operating system, and the calling process, which watches the clock, what is written and what is said.

**What it does not protect from.** On macOS and Windows, and on Linux older than 5.13, there is only the hook: it stops
mistakes, and programs that do not know of it, but nobody who is out to get round it, since it lives in the memory of
the program. On Windows and macOS memory is not limited either. In a browser there is one process and no other: the
program runs in it, in a folder of its own and for a limited time, and what confines it is the browser's tab. A
program can find out which files exist, use one core for as long as it may, and read whatever lies in its own folder,
other programs included. It shares its process with the function that examines it: `Integrity` finds functions of
autograd that were replaced, but a program that is written to forge this very function's result can do so. That is why
marking takes nothing from that process but the numbers that it was asked for, and judges them outside; and why a
verdict on a program by somebody who would rather deceive than learn wants a look at the program.
"""

from autograd.isolation.integrity import Integrity as Integrity
from autograd.isolation.many import isolated_many as isolated_many
from autograd.isolation.outcome import Limits as Limits
from autograd.isolation.outcome import Outcome as Outcome
from autograd.isolation.running import isolated as isolated
from autograd.isolation.sandbox import sandbox as sandbox
