"""What a report weighs and how long it takes, with the budgets: `python harness/benchmarks/report.py`.

Cases are those of the tests' sample, one in three failing. With Playwright and a Chromium, the filter of an index of
5,000 cases is timed, too. Exit status 1 if a budget is broken.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import sample_run

from smtpwitness.model.texts import TEXTS
from smtpwitness.report.pages import index_page, reports

TEXTS.update(sample_run.TEXTS)  # type: ignore[attr-defined]
broken = False


def told(what: str, value: float, budget: float, unit: str) -> None:
    global broken
    broken |= value >= budget
    print(f"{'ok ' if value < budget else 'BAD'}  {what:48} {value:10,.1f} {unit:3} of {budget:,.0f}")


def largest(files: Mapping[str, str]) -> float:
    """kB of the largest page of a case."""
    return max(len(text.encode()) for name, text in files.items() if name.startswith("cases/")) / 1000


def filter_ms(page: Path) -> float | None:
    """The longest that it takes from a key to the next picture, filter and all; None where there is no browser.

    Each text is tried three times, and the quickest counts: other programs of this computer are not judged here.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    chromium = shutil.which("chromium")
    if not chromium:
        return None
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page()
        opened.goto(page.as_uri())
        took = opened.evaluate(
            """async () => {
                const form = document.getElementById('filter'), quickest = {};
                const drawn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                for (const where of ['filter', 'again', 'filter', 'again', 'filter', 'again'])
                    for (const text of ['case-4', '', 'case-00', 'nothing', ' ']) {
                        document.getElementById(where).scrollIntoView();
                        await drawn();
                        const began = performance.now();
                        form.elements.text.value = text;
                        form.dispatchEvent(new Event('input', {bubbles: true}));
                        await drawn();
                        const step = where + text;
                        quickest[step] = Math.min(performance.now() - began, quickest[step] || Infinity);
                    }
                return Object.values(quickest);
            }"""
        )
        browser.close()
    return float(max(took))


began = time.process_time()
files = reports(sample_run.large(500))
told("500 cases rendered in both languages, CPU time", time.process_time() - began, 5, "s")
told("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 300, "MB")
told("index of 500 cases", len(files["index.html"].encode()) / 1000, 200, "kB")
told("largest case page", largest(files), 60, "kB")
told("case page of a hundred recipients", largest(reports(sample_run.run_of([sample_run.hundred()]))), 60, "kB")
many = sample_run.large(5000)
for clients in (10, 1):
    cases = tuple(
        replace(case, client=f"c{number % clients}", scenario=f"core/case-{number // clients:03}")
        for number, case in enumerate(many.cases)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.html"
        path.write_text(index_page(replace(many, cases=cases), "en"), encoding="utf-8")
        took = filter_ms(path)
    if took is None:
        print("--   the filter: no browser here")
    else:
        told(f"filter of an index of 5,000 cases, {clients} client{'s' * (clients > 1)}", took, 100, "ms")
sys.exit(broken)
