"""When the tests on the phone's library run, and what they share."""

import pytest

from tools.phone import laboratory

LACKING = laboratory.missing() + ([] if laboratory.fetched() else ["the APK's library (tools/phone_check.py)"])
# The library comes through Maven, which a fast test does not start; where the app was built it is there already.
on_the_phone = pytest.mark.skipif(
    bool(LACKING),
    reason=f"NOT TESTED ON THE PHONE'S LIBRARY, for want of {', '.join(LACKING)}: apt-get install "
    f"{laboratory.PACKAGES}, and python tools/phone_check.py BUNDLE once",
)
