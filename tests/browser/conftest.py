"""One headless Chromium for all tests of pages; they are skipped with a reason where it or selenium is missing."""

import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))

try:
    from selenium import webdriver
except ImportError:
    webdriver = None


@pytest.fixture(scope="session")
def browser():
    """Debian's chromium and chromium-driver, whose complaints get_log("browser") returns."""
    if webdriver is None:
        pytest.skip("needs selenium")
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture()
def quiet_browser(browser):
    """The browser, left at an empty page; at the end nothing may have complained."""
    yield browser
    complaints = [line["message"] for line in browser.get_log("browser")]
    browser.get("about:blank")
    assert complaints == []
