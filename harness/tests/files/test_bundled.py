import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from smtpwitness.files import bundled

CHECKOUT = Path(__file__).resolve().parents[3]

ROOTS = "from smtpwitness.files.bundled import *; print(scenarios_root()); print(known_clients_root())"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an installed wheel is: its files in a folder of their own."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def roots(site: Path, cwd: Path) -> list[Path]:
    """The two roots that the package in *site* finds."""
    code = f"import sys; sys.path.insert(0, {str(site)!r}); {ROOTS}"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, cwd=cwd, check=True)
    return [Path(line) for line in run.stdout.splitlines()]


def test_in_a_checkout_what_ships_is_the_checkouts(tmp_path: Path) -> None:
    assert roots(CHECKOUT / "harness", tmp_path) == [CHECKOUT / "scenarios", CHECKOUT / "client" / "known"]


def test_here_both_are_found() -> None:
    assert (bundled.scenarios_root() / "requirements.tsv").is_file()
    assert list(bundled.known_clients_root().glob("*.client.yaml"))


def test_in_a_wheel_what_ships_is_package_data(wheel: Path, tmp_path: Path):
    scenarios, known = roots(wheel, tmp_path)
    assert scenarios == wheel / "smtpwitness" / "data" / "scenarios"
    assert (scenarios / "requirements.tsv").is_file()
    for name in ("smtplib.client.yaml", "smtplib_client.py", "curl.client.yaml", "curl_client.py"):
        assert (known / name).read_bytes() == (CHECKOUT / "client" / "known" / name).read_bytes()


def test_the_wheel_finds_its_own_data_even_in_the_checkouts_folder(wheel: Path):
    assert roots(wheel, CHECKOUT)[0] == wheel / "smtpwitness" / "data" / "scenarios"


@pytest.mark.parametrize("project", ["", "[project]\nname = 'other'\n", "no TOML ["])
def test_a_folder_named_harness_makes_no_checkout(project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = tmp_path / "harness" / "smtpwitness" / "files" / "bundled.py"
    data = tmp_path / "harness" / "smtpwitness" / "data" / "known"
    data.mkdir(parents=True)
    if project:
        (tmp_path / "pyproject.toml").write_text(project)
    monkeypatch.setattr(bundled, "__file__", str(source))
    assert bundled.known_clients_root() == data.resolve()


def test_an_incomplete_installation_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bundled, "__file__", str(tmp_path / "smtpwitness" / "files" / "bundled.py"))
    with pytest.raises(FileNotFoundError, match=r"not wholly installed.*scenarios"):
        bundled.scenarios_root()
