"""The JSON parser of DRF views: bounded, strict, and with the same refusals as the posting endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import msgspec
from rest_framework.parsers import JSONParser

from ledgerflow.web.body import decode

_ANYTHING = msgspec.json.Decoder(Any)


class BoundedJSONParser(JSONParser):
    def parse(
        self,
        stream: IO[Any],  # noqa: ARG002 - read from the request, which knows its limit
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body as plain values. Raises `BodyTooLarge` and `Malformed`."""
        request = (parser_context or {})["request"]
        return decode(request._request, _ANYTHING)  # noqa: SLF001 - DRF's name for the request it wraps
