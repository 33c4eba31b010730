"""Tracing and compiling: a function is run once with Symbols, and what it did becomes fast code.

The room in the order in which a function goes through it:

1. read: `tracing` runs it, where its arguments are Symbols and parameters are `unknown`, which show no number;
   `structure` takes nests of arguments apart. What it looks at besides is found by `reach`, `known` to be harmless or
   not, and `watch` sees whether it is still the same;
2. a `program`, the list of its steps; `ieee` does them without exceptions;
3. `jitted` keeps a `version` for every structure of arguments: Python source (`pythonic`) or LLVM (`calls` in `code`,
   cut into `sections` where it is long), with the shortest way in (`callers`), for one row or added up over many
   (`mapping`, `row_sums`); `native` asks LLVM, and `recompiling` does so twice, quickly and well;
4. a training is a `task`, run by `compiled_training` on a `data_block`: in plain Python (`pythonic_training`), as NumPy
   (`numpy_training`), or as LLVM (`native_training`), whatever costs less (`costs`);
5. written out, for small networks: `descent` does some samples at a time in `lanes`, `single` one sample
   (`circular` memory, `penalty_code`), with functions of their own (`vectors`: `exponentials`, `polynomials`, `powers`,
   `quick_sigmoid`);
6. in `loops`, for wide ones: `layers` finds the matrices of a program and what is `between` them, a plain `chain` for
   those who take no more; `matrices` gives them a place, `nest` and `matrix_loops` multiply, `unit_code` and
   `straight_code` do the rest, `threads` share it;
7. other languages: `statements` of `machine_languages`, loops `rolled` up again: `javascript`, `c_source` with
   `c_loops`; and files, `portable`, whose matrices are `compact`.
"""
