"""Mail over SMTP, one connection a message, and what happened told by the type of the error. Found by the registry."""

from __future__ import annotations

from connectors.smtp.transport import Options, SmtpMailer

MAKES = "mailer"

__all__ = ["MAKES", "Options", "SmtpMailer", "build"]


def build(name: str, options: Options, **_: object) -> SmtpMailer:  # noqa: ARG001 - the registry's face
    """Return the transport; it connects only when a message is sent."""
    return SmtpMailer(options)
