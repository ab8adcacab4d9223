"""Layer 3: a run as HTML, an evidence report, Markdown and JUnit. Pure functions of a `Run`, and two that write."""

from .evidence import evidence, write_evidence
from .junit import junit
from .pages import write_reports
from .sequence import sequence_mermaid, sequence_svg
from .summary import summary
from .terminal import terminal_html

__all__ = [
    "evidence",
    "junit",
    "sequence_mermaid",
    "sequence_svg",
    "summary",
    "terminal_html",
    "write_evidence",
    "write_reports",
]
