"""Layout engines: finding one and running it, so that a picture needs no system Graphviz."""

import contextlib
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import graphviz

from autograd.drawing import webassembly
from autograd.drawing.in_a_notebook import in_a_cell
from autograd.files import FilePath, write_file

PURE = "graphviz-pure"
KNOWN = "graphviz-pure>=0.2.2,<0.3"
"""The versions of it that are known to work, as pip takes them."""

VARIABLE = "CHALKGRAD_DOT"
RASTER_FORMATS = frozenset({"jpe", "jpeg", "jpg", "png"})
PURE_FORMATS = RASTER_FORMATS | {
    *("svg", "dot", "gv", "canon", "xdot", "xdot1.2", "xdot1.4", "plain", "plain-ext"),
    *("json", "json0", "dot_json", "xdot_json"),
}
SVG = "image/svg+xml"
OFFERED = ("pipe", "render", "save", "source", "timeout", "view")
"""What is done with a picture that is drawn; with the rest of a `graphviz.Digraph` one draws."""

SAVED_SUFFIXES = (".svg", ".png", ".dot", ".gv")


class EngineNotFoundError(graphviz.ExecutableNotFound):
    """No program was found that can lay out the picture; its `.source` is still there."""

    def __init__(self, message: str) -> None:
        """With the message itself; the base class would word one from a command."""
        RuntimeError.__init__(self, message)


def find_engine(only_system_for: str = "") -> str:
    """The path of the program that lays out graphs.

    Looked for are the one that the environment variable CHALKGRAD_DOT names, that of the package
    graphviz-pure, and the `dot` of the system's Graphviz. `only_system_for` names a wish that
    graphviz-pure cannot fulfil.
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    if chosen:
        program = shutil.which(os.path.expanduser(chosen))
        if program is None:
            raise EngineNotFoundError(
                f"{VARIABLE} is set to {chosen!r}, which is not a program that can be run; "
                f"set it to the path of a Graphviz dot, or unset it. .source works without."
            )
        return program
    program = None if only_system_for else _pure_program()
    program = program or shutil.which("dot")
    if program is None:
        raise EngineNotFoundError(_advice(only_system_for))
    return program


def _pure_program() -> str | None:
    """The program of the package graphviz-pure: where it says it put it, else where scripts usually are."""
    try:
        files = metadata.files(PURE) or []
    except metadata.PackageNotFoundError:
        files = []
    candidates = [str(file.locate()) for file in files if file.name in (PURE, f"{PURE}.exe")]
    schemes = [sysconfig.get_default_scheme()]
    with contextlib.suppress(ValueError):  # systems without users have none for them
        schemes.append(sysconfig.get_preferred_scheme("user"))
    candidates += [os.path.join(sysconfig.get_path("scripts", scheme), PURE) for scheme in schemes]
    return next(filter(None, map(shutil.which, [*candidates, PURE])), None)


def _advice(only_system_for: str) -> str:
    if only_system_for:
        return (
            f"{only_system_for} needs the Graphviz of the system, and there is no dot on the PATH: install "
            f"it from https://graphviz.org/download/, or save the picture as .svg or .png"
        )
    return (
        f"no layout engine for pictures: looked for ${VARIABLE} (not set), the package {PURE} (not "
        f"installed) and a dot on the PATH (none). To install one: pip install {PURE}. .source works without."
    )


def _options(wish: "Wish", neato_no_op: int) -> list[str]:
    """What the layout program is told beside the source."""
    options = [f"-K{wish.engine}", f"-T{wish.output(':')}"]
    if neato_no_op:
        options.append(f"-n{neato_no_op}")
    if wish.format in RASTER_FORMATS:
        # Two dots per point are sharp on a projector; beyond 69 inches (10,000 dots) memory runs out.
        options += ["-Gdpi=144", "-Gsize=69,69"]
    return options


def _in_a_browser(wish: "Wish", source: str, neato_no_op: int) -> bytes:
    """What Graphviz compiled to WebAssembly answers to the source; there is no other engine in a browser."""
    if wish.renderer or wish.format in RASTER_FORMATS | {"pdf"}:
        asked = f"renderer={wish.renderer!r}" if wish.renderer else f"format={wish.format!r}"
        raise EngineNotFoundError(f"{asked} is not to be had in a browser: save the picture as .svg or .dot")
    module = webassembly.find_module()
    if module is None:
        raise EngineNotFoundError(
            f"no layout engine for pictures in this browser yet: load {webassembly.PACKAGES}, by "
            "from autograd.drawing.webassembly import load_graphviz; await load_graphviz(the address of its module). "
            ".source works without."
        )
    return webassembly.lay_out(module, source, wish.format, f"nop{neato_no_op}" if neato_no_op else wish.engine)


def run(command: list[str], source: str, timeout: float) -> bytes:
    """What the layout program answers to the source."""
    try:
        done = subprocess.run(
            command,
            input=source.encode(),
            capture_output=True,
            timeout=timeout,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(
            f"laying out the picture took longer than {timeout:g} s and was stopped; draw a smaller part "
            f"of the graph, or allow more time: picture.timeout = {10 * timeout:g}"
        ) from None
    except OSError as error:
        raise EngineNotFoundError(f"the layout engine {command[0]} could not be started: {error}") from error
    # What an engine says while it succeeds is about fonts it has no measures of; the cards allow for that.
    if done.returncode:
        raise graphviz.CalledProcessError(done.returncode, command, output=done.stdout, stderr=done.stderr)
    return done.stdout


def laid_out(only_system_for: str, options: list[str], source: str, timeout: float) -> bytes:
    """What the layout program answers to the source; where that of graphviz-pure fails, the dot of the system.

    The package is young: where it cannot be started, or is of another version, the error says which is known to work.
    """
    program = find_engine(only_system_for)
    try:
        picture = run([program, *options], source, timeout)
        if "-Tsvg" in options and b"<svg" not in picture and _is_pure(program):
            raise EngineNotFoundError(f"the layout engine {program} answered with something that is no picture")
        return picture
    except (EngineNotFoundError, graphviz.CalledProcessError) as error:
        if not _is_pure(program):
            raise
        system = shutil.which("dot")
        if system is not None:
            return run([system, *options], source, timeout)
        raise EngineNotFoundError(
            f"{error} It is that of {PURE} {_version()}. To repair it: pip install --force-reinstall '{KNOWN}', or "
            "install Graphviz from https://graphviz.org/download/. .source works without."
        ) from error


def _is_pure(program: str) -> bool:
    return Path(program).stem == PURE


def _version() -> str:
    try:
        return metadata.version(PURE)
    except metadata.PackageNotFoundError:
        return "of an unknown version"


class Drawing(graphviz.Digraph):
    """A `graphviz.Digraph` that needs no system Graphviz to show, save or render itself.

    timeout   seconds that the layout may take
    """

    timeout: float = 60.0

    def pipe(
        self,
        format: str | None = None,
        renderer: str | None = None,
        formatter: str | None = None,
        neato_no_op: bool | int | None = None,
        quiet: bool = False,
        *,
        engine: str | None = None,
        encoding: str | None = None,
    ) -> Any:
        """The picture in a format, `svg` unless given; text if given an encoding, else bytes."""
        wish = self._wish(format, renderer, formatter, engine)
        if webassembly.IN_A_BROWSER:
            picture = _in_a_browser(wish, self.source, int(neato_no_op or 0))
        else:
            picture = laid_out(wish.beyond_pure(), _options(wish, int(neato_no_op or 0)), self.source, self.timeout)
        if wish.format == "svg":
            picture = own_gradients(picture, self.graph_attr.get("id", ""))
        return picture if encoding is None else picture.decode(encoding)

    def render(
        self,
        filename: FilePath | None = None,
        directory: FilePath | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        renderer: str | None = None,
        formatter: str | None = None,
        neato_no_op: bool | int | None = None,
        quiet: bool = False,
        quiet_view: bool = False,
        *,
        outfile: FilePath | None = None,
        engine: str | None = None,
        raise_if_result_exists: bool = False,
        overwrite_source: bool = False,
    ) -> str:
        """The path of the picture, written beside its DOT source; as `graphviz.Digraph.render`."""
        if outfile is not None:
            format = format or Path(outfile).suffix[1:] or None
            outfile = Path(os.fsdecode(self.directory), outfile) if directory is None else Path(outfile)
            filename = filename or outfile.with_suffix(".gv")
        wish = self._wish(format, renderer, formatter, engine)
        if filename is not None:
            self.filename = os.fspath(filename)
        if directory is not None:
            self.directory = os.fspath(directory)
        source: str = os.fsdecode(self.filepath)
        target = Path(outfile if outfile is not None else f"{source}.{wish.output('.', backwards=True)}")
        if not overwrite_source and target.resolve() == Path(source).resolve():
            raise ValueError(f"the picture {str(target)!r} would overwrite its source; name the outfile otherwise")
        if raise_if_result_exists and target.exists():
            raise graphviz.FileExistsError(f"{str(target)!r} exists already")
        write_file(source, self.source.encode(), folders=True)
        picture = self.pipe(format, renderer, formatter, neato_no_op, quiet, engine=engine)
        if cleanup:
            os.remove(source)
        write_file(target, picture, folders=True)
        if view or quiet_view:
            graphviz.view(target, quiet=quiet_view)
        return str(target)

    def save(
        self,
        filename: FilePath | None = None,
        directory: FilePath | None = None,
        *,
        skip_existing: bool | None = False,
    ) -> str:
        """The path of the file written: a picture for .svg and .png, the DOT source for .dot, .gv or no name.

        Missing folders are made. The file appears whole or not at all.
        """
        folder = os.fsdecode(self.directory if directory is None else directory)
        path = os.path.join(folder, os.fsdecode(self.filename if filename is None else filename))
        suffix = Path(path).suffix.lower()
        if filename is not None and suffix not in SAVED_SUFFIXES:
            raise ValueError(
                f"cannot save a picture as {str(filename)!r}: its suffix is {suffix!r}, and those that work "
                f"are {', '.join(SAVED_SUFFIXES)}; render(format='pdf') needs the Graphviz of the system"
            )
        image = filename is not None and suffix in (".svg", ".png")
        if filename is not None and not image:  # as in the base class, render() then uses the same name
            self.filename = os.fspath(filename)
            self.directory = folder
        if not (skip_existing and os.path.exists(path)):
            write_file(path, self.pipe(suffix[1:]) if image else self.source.encode(), folders=True)
        return path

    def _wish(self, format: str | None, renderer: str | None, formatter: str | None, engine: str | None) -> "Wish":
        """The options given, else those of the picture; ValueError for one that Graphviz does not have."""
        wish = Wish(
            format=(format or self.format).lower(),
            renderer=renderer or self.renderer,
            formatter=formatter or self.formatter,
            engine=engine or self.engine,
        )
        known = (graphviz.FORMATS, graphviz.RENDERERS, graphviz.FORMATTERS, graphviz.ENGINES)
        for name, value, values in zip(wish._fields, wish, known, strict=True):
            if value is not None and value not in values:
                raise ValueError(f"{name}={value!r} is unknown to Graphviz; it has {', '.join(sorted(values))}")
        if wish.formatter and not wish.renderer:
            raise graphviz.RequiredArgumentError(f"formatter={formatter!r} needs a renderer beside it")
        return wish

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **options: Any
    ) -> dict[str, bytes | str]:
        """The picture for a notebook; where it cannot be laid out, a text that says why.

        In a browser it is an SVG, also where `graphviz.set_jupyter_format` asks for what is not to be had there.
        """
        if webassembly.IN_A_BROWSER and include is None:
            include = [SVG]
        try:
            bundle: dict[str, bytes | str] = super()._repr_mimebundle_(include, exclude)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            return {"text/plain": f"{self!r}\n{error}"}
        picture = bundle.get(SVG)
        if isinstance(picture, str):
            bundle |= {"text/html": in_a_cell(picture)}
        return bundle | {"text/plain": repr(self)}

    def __dir__(self) -> list[str]:
        return [name for name in object.__dir__(self) if name[0] == "_" or name in OFFERED]

    def __repr__(self) -> str:
        """What can be done with a picture, for those who look at it in a terminal."""
        return '<picture: .save("name.svg"), or .png or .dot; .source is its DOT text>'


class Wish(NamedTuple):
    """What a picture is to be made as, and how."""

    format: str
    renderer: str | None
    formatter: str | None
    engine: str

    def output(self, separator: str, *, backwards: bool = False) -> str:
        """Format, renderer and formatter as one word, as Graphviz writes them."""
        parts = [part for part in (self.format, self.renderer, self.formatter) if part]
        return separator.join(reversed(parts) if backwards else parts)

    def beyond_pure(self) -> str:
        """The part of the wish that graphviz-pure cannot fulfil, "" for none."""
        if self.renderer:
            return f"renderer={self.renderer!r}"
        return "" if self.format in PURE_FORMATS else f"format={self.format!r}"


def own_gradients(svg: bytes, picture_id: str) -> bytes:
    """The SVG with its colour gradients counted from 0 under names of their own.

    Older Graphviz calls them l_0, whatever the picture's id; and one that goes on, as in a browser, counts on.
    """
    numbers: dict[bytes, bytes] = {}

    def own(found: re.Match[bytes]) -> bytes:
        name = found["of"] or b"%s_" % picture_id.encode()
        return found["before"] + name + numbers.setdefault(found["l"], b"l_%d" % len(numbers))

    return re.sub(rb'(?P<before><linearGradient id="|fill="url\(#)(?P<of>[^")]*?_|)(?P<l>l_\d+)', own, svg)
