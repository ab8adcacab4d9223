"""Rules: pure functions over a transcript that run in every case.

A rule holds its tongue on anything that a correct client may do: better a fault unseen than a client blamed wrongly.
"""

from __future__ import annotations

from . import (
    auth,
    chunks,
    closing,
    composition,
    content,
    extensions,
    international,
    lines,
    oauth,
    order,
    parameters,
    refusals,
    reported,
    scram,
    silence,
    stray,
    syntax,
    timing,
    tls,
    trace,
)
from .observation import Observation, Remark, Rule

__all__ = ["RULES", "RULE_IDS", "Observation", "Remark", "Rule"]

RULES: tuple[Rule, ...] = (
    Rule("early-talker", timing.early_talker),
    Rule("sent-before-reply", timing.sent_before_reply),
    Rule("resumed-at-once", timing.resumed_at_once),
    Rule("line-end", lines.line_end),
    Rule("stray-octets", stray.stray_octets),
    Rule("content-line-end", lines.content_line_end),
    Rule("command-length", lines.command_length),
    Rule("text-line-length", lines.text_line_length),
    Rule("angle-brackets", syntax.angle_brackets),
    Rule("space-after-colon", syntax.space_after_colon),
    Rule("command-syntax", syntax.command_syntax),
    Rule("unknown-verb", extensions.unknown_verb),
    Rule("parameter-not-offered", extensions.parameter_not_offered),
    Rule("parameter-value", parameters.parameter_value),
    Rule("declared-size", parameters.declared_size),
    Rule("smtputf8", international.smtputf8),
    Rule("hello-name", syntax.hello_name),
    Rule("hello-first", tls.hello_first),
    Rule("clear-text-before-tls", tls.clear_text_before_tls),
    Rule("no-ehlo-after-starttls", tls.no_ehlo_after_starttls),
    Rule("tls-unasked", tls.tls_unasked),
    Rule("credentials-in-clear", auth.credentials_in_clear),
    Rule("helo-then-auth", auth.helo_then_auth),
    Rule("login-initial-response", auth.login_initial_response),
    Rule("auth-response", auth.auth_response),
    Rule("scram", scram.scram),
    Rule("oauth", oauth.oauth),
    Rule("went-on", refusals.went_on),
    Rule("redirected", refusals.redirected),
    Rule("out-of-order", order.out_of_order),
    Rule("repeated", order.repeated),
    Rule("content-after-refused-data", refusals.content_after_refused_data),
    Rule("chunk-not-listed", chunks.chunk_not_listed),
    Rule("chunk-syntax", chunks.chunk_syntax),
    Rule("chunk-size", chunks.chunk_size),
    Rule("chunk-order", chunks.chunk_order),
    Rule("chunk-content", chunks.chunk_content),
    Rule("binary", chunks.binary),
    Rule("end-of-data", content.end_of_data),
    Rule("empty-content", content.empty_content),
    Rule("dot-stuffing", content.dot_stuffing),
    Rule("extra-crlf", content.extra_crlf),
    Rule("8bit-content", extensions.eight_bit_content),
    Rule("conversion", international.conversion),
    Rule("message-changed", content.message_changed),
    Rule("trace-changed", trace.trace_changed),
    Rule("header-missing", content.header),
    Rule("header-invalid", content.header_invalid),
    Rule("missing-blank-line", content.missing_blank_line),
    Rule("composition", composition.composition),
    Rule("reported", reported.reported),
    Rule("silence", silence.silence),
    Rule("no-quit", closing.no_quit),
    Rule("quit-unanswered", closing.quit_unanswered),
    Rule("reset-by-client", closing.reset_by_client),
)
"""Every rule, in the order in which a session gives occasion to break them."""

RULE_IDS = frozenset(rule.id for rule in RULES)
