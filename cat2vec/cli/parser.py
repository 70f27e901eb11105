"""The parser of the command line: what it says of words that it does not know."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from cat2vec.errors import closest_name


class Parser(argparse.ArgumentParser):
    """A parser that says which command or option was meant by one that there is not.

    It also says why a table right after ``--features a b`` is not seen as the table.
    """

    #: What was typed behind the name of the command.
    words: Sequence[str] = ()

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Read words as options; end with code 2 and a sentence where they are wrong."""
        words = sys.argv[1:] if args is None else list(args)
        self._check_words(words)
        return super().parse_args(words, namespace)

    def walk(self) -> Iterator[argparse.Action]:
        """Give everything that can be typed, of this parser and then of its commands."""
        yield from self._actions
        for command in dict.fromkeys(self._commands().values()):
            yield from command.walk()

    def option_names(self) -> list[str]:
        """Name the options of this parser alone."""
        return list(self._option_string_actions)

    def error(self, message: str) -> NoReturn:
        """Show the usage and a sentence; end with code 2."""
        names = message.rpartition("required: ")[2].split(", ")
        greedy = [a.option_strings[0] for a in self._actions if a.nargs == "+" and a.option_strings]
        typed = [option for option in greedy if any(self._is(w, option) for w in self.words)]
        if "required: " in message and typed and not names[0].startswith("-"):
            takes = "which takes" if len(typed) == 1 else "which take"
            message += f". Put it before {', '.join(typed)}, {takes} all words that follow"
        if re.match(r"unrecognized arguments: [^-]", message):
            message += ". Several tables stand side by side, before the options"
        super().error(message)

    def _is(self, word: str, option: str) -> bool:
        """Say whether a word is an option, or its beginning, which will do."""
        begins = word.startswith("--") and option.startswith(word)
        return word == option or (begins and word not in self.option_names())

    def _commands(self) -> Mapping[str, Parser]:
        for action in self._actions:
            if isinstance(action.choices, Mapping) and action.dest == "command":
                return action.choices
        return {}

    def _check_words(self, words: Sequence[str]) -> None:
        """End with a sentence if the command, or one of its options, is none that there is."""
        commands = self._commands()
        place = next((i for i, word in enumerate(words) if not word.startswith("-")), None)
        if place is None:
            return
        name = words[place]
        if name not in commands:
            self.error(f"There is no command {name!r}.{_meant(name, commands)} {_all('commands')}")
        commands[name].words = words[place + 1 :]
        options = commands[name].option_names()
        for word in words[place + 1 :]:
            option = word.partition("=")[0]
            if word == "--":  # all that follows are values
                return
            if not option.startswith("--") or " " in option:
                continue
            if not any(known.startswith(option) for known in options):  # a beginning will do
                commands[name].error(
                    f"There is no option {option!r}.{_meant(option, options)} "
                    f"{_all('options', name)}"
                )


def _meant(name: str, names: Iterable[str]) -> str:
    """Ask for the name that reads like a wrong one; the dashes that all have say nothing."""
    plain = {known.lstrip("-"): known for known in names}
    found = closest_name(name.lstrip("-"), plain)
    return "" if found is None else f" Did you mean {plain[found]!r}?"


def _all(what: str, *command: str) -> str:
    return f"{' '.join(['cat2vec', *command])} --help lists all {what}."
