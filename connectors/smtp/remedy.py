"""What to do when there is no session with the mail server, by what kept us from one; for the transport."""

from __future__ import annotations

import smtplib
import socket
import ssl

# The first that fits: a certificate is trouble of TLS too, and both are trouble of the network.
_REMEDIES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (smtplib.SMTPAuthenticationError, "check user in [mail] and PENSTOCK_MAIL_PASSWORD"),
    (smtplib.SMTPNotSupportedError, 'the server offers other security: try security = "tls" in [mail]'),
    (
        ssl.SSLCertVerificationError,
        "name the host as its certificate does, or let this machine trust it (SSL_CERT_FILE)",
    ),
    (ssl.SSLError, "check security and port in [mail]: tls is 465 as a rule, starttls 587"),
    (socket.gaierror, "check host in [mail]"),
)
_ELSE = "check host, port and security in [mail], and that the server runs and lets this machine in"


def remedy(error: Exception) -> str:
    """Return one sentence."""
    return next((told for kinds, told in _REMEDIES if isinstance(error, kinds)), _ELSE)
