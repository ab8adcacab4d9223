"""Layer 3: a run as HTML, an evidence report, Markdown, JUnit, CTRF, SARIF and annotations of GitHub Actions.

Pure functions of a `Run`, and two that write.
"""

from .annotations import workflow_commands
from .ctrf import ctrf
from .evidence import evidence, write_evidence
from .junit import junit
from .pages import write_reports
from .sarif import sarif
from .sequence import sequence_mermaid, sequence_svg
from .summary import summary
from .terminal import terminal_html

__all__ = [
    "ctrf",
    "evidence",
    "junit",
    "sarif",
    "sequence_mermaid",
    "sequence_svg",
    "summary",
    "terminal_html",
    "workflow_commands",
    "write_evidence",
    "write_reports",
]
