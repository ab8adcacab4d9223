from __future__ import annotations

import pytest

from rawsmtp.outcome import (
    ConnectionLost,
    Declined,
    MalformedReply,
    Outcome,
    PermanentFailure,
    ServiceClosing,
    Status,
    TemporaryFailure,
    TimedOut,
    Unsupported,
    UsageError,
    overall_exit_status,
)

ACCEPTED = Outcome(Status.ACCEPTED)


@pytest.mark.parametrize(
    ("failure", "status", "exit_status", "session_over"),
    [
        (PermanentFailure, "permanent", 69, False),
        (TemporaryFailure, "temporary", 75, False),
        (ServiceClosing, "temporary", 75, True),
        (ConnectionLost, "temporary", 75, True),
        (TimedOut, "temporary", 75, True),
        (MalformedReply, "permanent", 70, True),
        (Declined, "declined", 69, False),
        (Unsupported, "declined", 127, False),
        (UsageError, "declined", 2, False),
    ],
)
def test_what_each_failure_means(failure, status, exit_status, session_over):
    outcome = failure("why").outcome()
    assert (str(outcome.status), outcome.exit_status, outcome.reason) == (status, exit_status, "why")
    assert failure("why").session_over is session_over


@pytest.mark.parametrize(
    ("failures", "exit_status"),
    [
        ([], 0),
        ([TemporaryFailure], 75),
        ([TemporaryFailure, PermanentFailure], 69),
        ([TemporaryFailure, Declined], 69),
        ([PermanentFailure, MalformedReply], 70),
        ([UsageError, PermanentFailure], 2),
    ],
)
def test_the_worst_failure_decides(failures, exit_status):
    outcomes = [ACCEPTED, *(failure("x").outcome() for failure in failures), ACCEPTED]
    assert overall_exit_status(outcomes) == exit_status
    assert overall_exit_status(outcomes[::-1]) == exit_status
