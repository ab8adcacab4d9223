"""What a scenario lets the server say, and the traps that YAML lays in a reply that is not quoted."""

from __future__ import annotations

import re

from ..model.scenario import Delay, Persona, Reply
from ..model.template import Template
from .leaves import template_of
from .nodes import Text
from .problems import Problems, shown
from .quantities import Duration, Quiet
from .shape import Answer, PersonaShape, ReplyShape

CODE = re.compile(r"[2-5][0-9]{2}(?P<mark>[ -]|$)")


class Replies:
    """Makes replies of one case, whose time-out is *timeout* seconds."""

    def __init__(self, timeout: float, problems: Problems) -> None:
        self.timeout, self.problems = timeout, problems

    def reply(self, answer: Answer) -> Reply:
        """One reply. What is wrong with it is told, and something is made of it all the same."""
        if isinstance(answer, Text) and answer == "usual":
            return Reply(usual=True, place=answer.place)
        if isinstance(answer, Text):
            return Reply(lines=self._lines([answer]), place=answer.place)
        if isinstance(answer, list):
            return Reply(lines=self._lines(answer), place=answer[0].place)
        return self._map(answer)

    def _map(self, shape: ReplyShape) -> Reply:
        if shape.reply is not None and shape.raw is not None:
            self.problems.add(shape.place, "'reply' and 'raw' at once: which is it?")
        if shape.reply is None and shape.raw is None and shape.then is None:
            self.problems.add(shape.place, "nothing is said here: write 'reply', 'raw' or 'then'")
        usual = isinstance(shape.reply, Text) and shape.reply == "usual"
        said = self.reply(shape.reply) if shape.reply is not None and not usual else Reply()
        if isinstance(shape.split, list):
            split: object = tuple(shape.split)
        else:
            split = None if shape.split is None else str(shape.split)
        return Reply(
            usual=usual,
            lines=said.lines,
            raw=None if shape.raw is None else self._raw(shape.raw),
            delay=self._delay(shape.delay),
            split=split,  # type: ignore[arg-type]  # its words were checked with the shape
            gap=Reply().gap if shape.gap is None else shape.gap.seconds(self.timeout),
            times=shape.times,
            then=None if shape.then is None else str(shape.then),  # type: ignore[arg-type]
            place=shape.place,
        )

    def _delay(self, delay: Duration | Quiet | None) -> Delay | None:
        if isinstance(delay, Quiet):
            return "quiet"
        return None if delay is None else delay.seconds(self.timeout)

    def _raw(self, text: Text) -> Template:
        self._traps(text)
        return template_of(text)

    def _lines(self, lines: list[Text]) -> tuple[Template, ...]:
        for line in lines:
            self._traps(line)
            self._line(line, lines)
        return tuple(template_of(line) for line in lines)

    def _line(self, line: Text, lines: list[Text]) -> None:
        last = line is lines[-1]
        parts = template_of(line).parts
        head = parts[0] if parts and isinstance(parts[0], str) else ""
        code = CODE.match(head)
        if code is None or (not code["mark"] and len(parts) > 1):
            message = f"{shown(line)} does not begin with a reply code: 200 to 599, then a space, '-' or nothing"
            cut = " (or did a ',' cut the line before it? quote that)" if len(lines) > 1 else ""
            self.problems.add(
                line.place, f"{message}: to send it all the same, write it as raw, with its line end{cut}"
            )
        elif any("\r" in part or "\n" in part for part in parts if isinstance(part, str)):
            self.problems.add(line.place, "a line end inside a reply: write a list of lines, or raw")
        elif last and code["mark"] == "-":
            self.problems.add(line.place, "the last line of a reply has no '-' after its code: write it as raw")
        elif not last and code["mark"] != "-":
            self.problems.add(line.place, "all lines of a reply but the last have a '-' after the code: write raw")

    def _traps(self, text: Text) -> None:
        """A blank or a `#` after a plain reply: YAML takes them away without a word."""
        if not text.tail:
            return
        rest = text.tail.lstrip(" ")
        blanks = len(text.tail) - len(rest)
        if not rest:
            self.problems.add(text.place, f"the blank at the end of {shown(text)} is lost: quote it, or take it away")
        elif rest[0] == "#" and (blanks < 2 or rest[1:2].strip("# ")):
            message = f"' #' cuts this reply after {shown(text)}: quote it"
            self.problems.add(text.place, message + " (a comment after a reply stands two blanks away: '  # ...')")

    def persona(self, name: str, layers: list[PersonaShape]) -> Persona:
        """A persona: what later *layers* say goes over the earlier."""
        offers: tuple[str, ...] = ()
        in_tls: tuple[str, ...] | None = None
        replies: dict[str, Reply] = {}
        delay: Delay | None = None
        window = 0
        for layer in layers:
            offers = offers if layer.offers is None else tuple(map(str, layer.offers))
            in_tls = in_tls if layer.offers_in_tls is None else tuple(map(str, layer.offers_in_tls))
            replies |= {moment: self.reply(answer) for moment, answer in layer.replies.items()}
            delay = delay if layer.every_reply is None else self._delay(layer.every_reply.delay)
            window = window if layer.window is None else layer.window
        if delay is None:
            return Persona(name, offers, replies, in_tls, window=window)
        return Persona(name, offers, replies, in_tls, reply_delay=delay, window=window)
