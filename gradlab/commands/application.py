"""The program: commands and options, and its errors, in one language."""

# No postponed annotations here: Typer evaluates those of the commands, which name their language.

import inspect
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

from gradlab._internal.ending import exit_code, heeded
from gradlab._internal.terminal import columns, printable
from gradlab.commands import choice, experiments, wording
from gradlab.commands.errors import UseError, first_line, nearest, one_line
from gradlab.language import ENGLISH, LANGUAGES, Language

if TYPE_CHECKING:
    from gradlab.commands.diagnose import Diagnosis

NAME = "gradlab"
_LANGUAGE = "gradlab.language"
_COMPLETION = {"install_completion": wording.HELP_INSTALL, "show_completion": wording.HELP_SHOW}


def _speak(language: Language) -> None:
    """Set the words that Typer puts around a help text, and have it cut no text off."""
    vars(rich_utils)["Table"] = _FoldingTable
    rich_utils.ARGUMENTS_PANEL_TITLE = wording.ARGUMENTS(language)
    rich_utils.OPTIONS_PANEL_TITLE = wording.OPTIONS(language)
    rich_utils.COMMANDS_PANEL_TITLE = wording.COMMANDS(language)
    rich_utils.DEFAULT_STRING = wording.DEFAULT(language)
    rich_utils.REQUIRED_LONG_STRING = wording.REQUIRED(language)


class _FoldingTable(Table):
    """Typer's table of options, in which a Chinese text goes on in the next line instead of being cut off."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        for cell in cells:
            for part in getattr(cell, "renderables", [cell]):
                if isinstance(part, Text):
                    part.overflow = "fold"
        super().add_row(*cells, **options)


def _language_of(command: Any) -> Language:
    """The language of a program or a group, which its callback carries."""
    return vars(command.callback).get(_LANGUAGE, ENGLISH)  # type: ignore[no-any-return]


def _help_option(option: Any, ctx: Any) -> Any:
    if option is not None:
        option.help = wording.HELP_HELP(_language_of(ctx.find_root().command))
    return option


class _Command(TyperCommand):
    """A command whose `--help` speaks the language of the program."""

    def get_help_option(self, ctx: Any) -> Any:
        return _help_option(super().get_help_option(ctx), ctx)


class _Group(TyperGroup):
    """Commands of which an unknown one is answered with the nearest."""

    def get_help_option(self, ctx: Any) -> Any:
        return _help_option(super().get_help_option(ctx), ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            names = self.list_commands(ctx)
            raise UseError(wording.NO_COMMAND, name=args[0], nearest=nearest(args[0], names), names=", ".join(names))
        return super().resolve_command(ctx, args)


class Program(_Group):
    """The whole program; whatever goes wrong in it is told in one line."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *rest: Any, **options: Any) -> Any:
        """Run the program and exit; what is wrong is told in one line, with exit code 2."""
        options["standalone_mode"] = False
        language = _language_of(self)
        for parameter in self.params:
            if parameter.name in _COMPLETION:
                parameter.help = _COMPLETION[parameter.name](language)  # type: ignore[attr-defined]
        _speak(language)
        try:
            code = super().main(args, prog_name, *rest, **options)
            if sys.stdout is not None:
                sys.stdout.flush()
        except UseError as refused:
            code = _tell(refused.message(language))
        except typer.TyperException as error:
            code = _tell(one_line(_usage(error, language)))
        except typer.Abort as abort:
            code = exit_code(abort.__cause__)
        except OSError as error:
            code = _tell(wording.OUTPUT_FAILED(language, error=error.strerror or error))
            _write_nowhere()
        except Exception as error:
            code = _tell(_fault(error, language), _OWN_FAULT)
        raise SystemExit(code or 0)


_OWN_FAULT = 70
"""Exit code of a fault of the program itself, as sysexits.h numbers it; 1 would say that something was found."""


def _tell(message: str, code: int = 2) -> int:
    from gradlab.commands.terminal import console

    if sys.stderr is not None:
        console(error=True).print(Text.assemble((f"{NAME}: ", "bold red"), printable(message)))
    return code


def _fault(error: Exception, language: Language) -> str:
    """The one line about an error that nothing foresaw, with the place where it arose."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno} {last.name}"
    return one_line(wording.OWN_FAULT(language, kind=type(error).__name__, error=first_line(error), place=place))


def _write_nowhere() -> None:
    """Let what is left in the buffer of standard output go nowhere, so that its end raises nothing."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: typer.TyperException, language: Language) -> str:
    """Typer's complaint about the arguments, in the language of the program."""
    kind = type(error).__name__
    parameter: Any = getattr(error, "param", None)
    name = max(parameter.opts, key=len) if getattr(parameter, "opts", None) else ""
    if parameter is not None and parameter.param_type_name == "argument":
        name = str(parameter.metavar or parameter.name)
    if kind == "NoSuchOption":
        option = str(getattr(error, "option_name", ""))
        command = getattr(getattr(error, "ctx", None), "command", None)
        known = [
            text
            for one in getattr(command, "get_params", lambda _: [])(getattr(error, "ctx", None))
            for text in one.opts
        ]
        return UseError(wording.NO_OPTION, option=option, nearest=nearest(option, known)).message(language)
    if kind == "MissingParameter":
        return UseError(wording.MISSING, name=name).message(language)
    if kind == "BadParameter" and name:
        return _bad_value(error, name).message(language)
    return error.format_message()


def _bad_value(error: typer.TyperException, name: str) -> UseError:
    """A value that an option does not take; Typer has pydantic say why."""
    reasons: Any = getattr(error.__cause__, "errors", list)()
    kind = reasons[0]["type"] if reasons else ""
    if kind == "greater_than_equal":
        least = reasons[0]["ctx"]["ge"]
        return UseError(wording.TOO_SMALL, name=name, found=reasons[0]["input"], least=f"{least:g}")
    if kind in wording.NUMBERS:
        return UseError(wording.BAD_VALUE, option=name, found=reasons[0]["input"], allowed=wording.NUMBERS[kind])
    return UseError(wording.BAD_PARAMETER, name=name, error=error.message)


class _Experiment(_Command):
    """An experiment, whose module is not imported before its settings are asked for."""

    def __init__(self, name: str, language: Language, **options: Any) -> None:
        super().__init__(name, help=experiments.title(name, language), **options)
        self.language = language
        self._built: Any = None

    @property
    def _real(self) -> Any:
        if self._built is None:
            self._built = _experiment_command(str(self.name), self.language)
            self.help, self.epilog = self._built.help, self._built.epilog
        return self._built

    def get_params(self, ctx: Any) -> Any:
        return self._real.get_params(ctx)

    def invoke(self, ctx: Any) -> Any:
        return self._real.invoke(ctx)


class _Experiments(_Group):
    """All experiments, in the order of their names."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return experiments.names()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        name = cmd_name.replace("_", "-")
        if name not in experiments.names():
            return None
        return _Experiment(name, _language_of(self))


def _experiment_command(name: str, language: Language) -> Any:
    """The command of one experiment, with an option for each of its settings."""
    known, left = experiments.settable(name, language)

    def parameter(name: str, default: object, kind: Any, option: Any) -> inspect.Parameter:
        return inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
        )

    parameters = [
        parameter(
            setting.name,
            None,
            str | None,
            typer.Option(
                setting.option,
                help=_described(setting, language),
                metavar=setting.metavar,
                show_default=False,
                rich_help_panel=wording.SETTINGS(language),
            ),
        )
        for setting in known
    ]
    output = typer.Option("--output", "-o", metavar="FILE", help=wording.HELP_TABLES(language), dir_okay=False)
    figure = typer.Option("--figure", "-f", metavar="FILE", help=wording.HELP_FIGURE(language), dir_okay=False)
    parameters += [
        parameter("output_", None, Path | None, output),
        parameter("figure_", None, Path | None, figure),
        parameter("language_", None, str | None, _lang(language)),
    ]

    def command(**values: Any) -> int:
        texts = {setting.name: values[setting.name] for setting in known if values[setting.name] is not None}
        return _run_experiment(name, texts, values["output_"], values["figure_"], language)

    command.__dict__["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {}
    epilog = wording.ONLY_PYTHON(language, names=", ".join(left)) if left else None
    program = typer.Typer(add_completion=False, rich_markup_mode=None)
    program.command(name=name, cls=_Command, help=experiments.title(name, language), epilog=epilog)(command)
    return typer.main.get_command(program)


def _described(setting: experiments.Setting, language: Language) -> str:
    return escape(f"{setting.description} {wording.DEFAULT(language).format(setting.default)}".strip())


def _run_experiment(
    name: str, texts: dict[str, str], output: Path | None, figure: Path | None, language: Language
) -> int:
    from gradlab.commands import figure as drawing
    from gradlab.commands import files, terminal
    from gradlab.commands.tables import tables

    for path, endings in ((output, files.TABLES), (figure, files.FIGURES)):
        if path is not None:
            files.checked(path, endings)
    result = experiments.run(name, texts)
    found = tables(result)
    title = experiments.title(name, language)
    out = terminal.console()
    written: list[Path] = []
    if output is None:
        terminal.print_result(title, [(table.name, table.columns()) for table in found], language, out)
    else:
        written += files.write_tables(output, title, found, result)
    if figure is not None:
        # Matplotlib's own font has no characters that are as wide as two.
        has_glyphs = columns(title) == len(title)
        drawing.save(drawing.draw(f"{name}: {title}" if has_glyphs else name, found), str(figure))
        written.append(figure)
    for path in written:
        out.print(Text(wording.WRITTEN(language, file=str(path)), style="dim"))
    return 0


def _show(diagnosis: "Diagnosis", output: Sequence[Path], language: Language) -> None:
    from gradlab.commands import page, terminal

    out = terminal.console()
    terminal.print_diagnosis(diagnosis, out)
    for path in output:
        written = page.write(diagnosis, path)
        out.print()
        for file in written:
            out.print(Text(wording.WRITTEN(language, file=str(file)), style="dim"))
        if path.suffix.lower() in (".html", ".md") and not page.has_matplotlib():
            terminal.console(error=True).print(Text(wording.NO_FIGURE(language), style="yellow"))


def _lang(language: Language) -> Any:
    return typer.Option(
        choice.OPTION, help=wording.HELP_LANG(language), metavar="|".join(LANGUAGES), callback=_known_language
    )


def _known_language(value: str | None) -> str | None:
    if value is not None and value not in LANGUAGES:
        raise UseError(wording.NO_LANGUAGE, found=value, allowed=", ".join(LANGUAGES))
    return value


def application(language: Language) -> typer.Typer:
    """The program in one language."""
    program = typer.Typer(
        name=NAME,
        cls=Program,
        help=wording.HELP(language),
        epilog=wording.EPILOG(language),
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        invoke_without_command=True,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    program.callback()(_spoken(language))
    program.command("demo", cls=_Command, help=wording.HELP_DEMO(language))(_demo(language))
    program.command(
        "diagnose", cls=_Command, help=wording.HELP_DIAGNOSE(language), epilog=wording.EXAMPLES_DIAGNOSE(language)
    )(_diagnose(language))
    group = typer.Typer(
        cls=_Experiments,
        help=wording.HELP_EXPERIMENT(language),
        epilog=wording.EXAMPLES_EXPERIMENT(language),
        invoke_without_command=True,
    )
    group.callback()(_spoken(language))
    program.add_typer(group, name="experiment")
    return program


def _spoken(language: Language) -> Callable[..., None]:
    def options(ctx: typer.Context, _language: Annotated[str | None, _lang(language)] = None) -> None:
        """Show the help where no command follows; the language was read before."""
        if ctx.invoked_subcommand is None:
            typer.echo(ctx.get_help())

    options.__dict__[_LANGUAGE] = language
    return options


def _demo(language: Language) -> Callable[..., int]:
    def demo(
        output: Annotated[
            list[Path] | None, typer.Option("--output", "-o", metavar="FILE", help=wording.HELP_REPORT(language))
        ] = None,
        _language: Annotated[str | None, _lang(language)] = None,
    ) -> int:
        from gradlab.commands import page, terminal
        from gradlab.commands.diagnose import demo as diagnosed

        paths = [page.checked(path) for path in output or []]
        _show(diagnosed(language), paths, language)
        terminal.console().print(Text(f"\n{wording.DEMO_NEXT(language)}"))
        return 0

    return demo


def _diagnose(language: Language) -> Callable[..., int]:
    def diagnose(
        target: Annotated[
            str,
            typer.Argument(help=wording.HELP_TARGET(language), metavar="MODULE:MODEL", show_default=False),
        ],
        input: Annotated[  # noqa: A002
            list[str], typer.Option("--input", "-i", help=wording.HELP_INPUT(language), metavar="32x3x32x32")
        ],
        input_type: Annotated[
            list[str] | None,
            typer.Option("--input-type", help=wording.HELP_TYPE(language), metavar="auto|float|int"),
        ] = None,
        high: Annotated[
            int | None, typer.Option("--high", metavar="N", min=1, max=2**63 - 1, help=wording.HELP_HIGH(language))
        ] = None,
        loss: Annotated[
            str | None, typer.Option("--loss", help=wording.HELP_LOSS(language), metavar="MODULE:FUNCTION")
        ] = None,
        seed: Annotated[
            int, typer.Option("--seed", metavar="N", min=0, max=2**64 - 1, help=wording.HELP_SEED(language))
        ] = 0,
        evaluation: Annotated[bool, typer.Option("--eval", help=wording.HELP_EVAL(language))] = False,
        steps: Annotated[int, typer.Option("--steps", metavar="N", min=1, help=wording.HELP_STEPS(language))] = 1,
        learning_rate: Annotated[
            float, typer.Option("--learning-rate", metavar="NUMBER", min=0.0, help=wording.HELP_RATE(language))
        ] = 0.01,
        treat: Annotated[bool, typer.Option("--treat", help=wording.HELP_TREAT(language))] = False,
        output: Annotated[
            list[Path] | None, typer.Option("--output", "-o", metavar="FILE", help=wording.HELP_REPORT(language))
        ] = None,
        _language: Annotated[str | None, _lang(language)] = None,
    ) -> int:
        from gradlab.commands import page
        from gradlab.commands.diagnose import Settings
        from gradlab.commands.diagnose import diagnose as diagnosed

        paths = [page.checked(path) for path in output or []]
        diagnosis = diagnosed(
            Settings(
                target,
                tuple(input),
                tuple(input_type or ["auto"]),
                high,
                loss,
                seed,
                evaluation,
                steps,
                learning_rate,
                treat,
            ),
            language,
        )
        _show(diagnosis, paths, language)
        return diagnosis.exit_code

    return diagnose


def run(arguments: Sequence[str]) -> int:
    """Run the program with these arguments, and return its exit code."""
    language = choice.chosen(arguments, os.environ)
    try:
        with heeded():
            application(language)(list(arguments), prog_name=NAME)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0
