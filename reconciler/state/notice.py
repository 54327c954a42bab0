"""The notice that must be shown before every upload of an asset for AI use, word for word."""

from __future__ import annotations

import hashlib

NOTICE = (
    "By uploading assets, you confirm that you have the necessary legal rights to these assets, the assets do not "
    "include any user generated content, and you are authorized to grant TikTok permission to scan and modify the "
    "assets. You may not upload any assets that would violate TikTok's Ad Policies or Community Guidelines."
)
NOTICE_SHA256 = hashlib.sha256(NOTICE.encode()).hexdigest()
