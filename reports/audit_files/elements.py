"""Elements of SAF-T, cut to what its schema takes."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from reports.audit_files.texts import one_line

# SAFcodeType, SAFshorttextType, SAFmiddle1textType, SAFmiddle2textType and SAFlongtextType of the schema.
CODE, SHORT, MIDDLE, LONGER, LONG = 9, 18, 35, 70, 256
_NO_XML = re.compile("[\ufffe\uffff]")


def element(name: str, text: str, most: int = LONG) -> str:
    """An element with a text."""
    cut = _NO_XML.sub("", one_line(text))[:most]
    return f"<{name}>{escape(cut)}</{name}>"
