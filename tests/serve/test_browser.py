"""The pages in a real browser, served by the command as people start it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from tests.conftest import require

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=1200,900",
)  # fmt: skip


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where `caversham serve` serves the station of ROWS."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = "from caversham.serve.cli import main; main()"
    command = [sys.executable, "-c", start, "serve", "--station", str(folder), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    """A browser with an empty profile that logs every request and every complaint."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    require(binary and driver, "needs chromium and chromedriver")
    options = ChromeOptions()
    options.binary_location = str(binary)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options=options, service=Service(str(driver)))
    yield browser
    browser.quit()


def log_of(browser: Chrome, kind: str) -> list[dict[str, str]]:
    """What the browser wrote down since it was last asked."""
    return list(browser.get_log(kind))  # type: ignore[no-untyped-call] # selenium leaves it untyped


def requested(browser: Chrome) -> set[str]:
    """Addresses that pages asked for since this was last asked."""
    messages = [json.loads(entry["message"])["message"] for entry in log_of(browser, "performance")]
    asked = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    return {url for url in asked if not url.startswith(("data:", "chrome:"))}


def follow(browser: Chrome, link: WebElement) -> None:
    """Click, and wait until the page that was left is gone: a click returns before the next page has begun."""
    left = browser.find_element(By.TAG_NAME, "html")
    link.click()
    WebDriverWait(browser, 20).until(staleness_of(left))


def test_a_search_is_readable_in_every_script_and_loads_nothing_from_elsewhere(browser: Chrome, address: str) -> None:
    """Arabic runs from right to left, the style is applied, and the browser has nothing to complain about."""
    browser.get(f"{address}/search?q={quote('rice OR حصاد')}")
    titles = {title.get_attribute("lang"): title for title in browser.find_elements(By.CSS_SELECTOR, ".hit h3")}

    assert {lang: title.text for lang, title in titles.items()} == {
        "ar": "حصاد الأرز rice",
        "zh": "水稻收成良好 rice",
        "en": "Rice harvest",
    }
    directions = {lang: title.value_of_css_property("direction") for lang, title in titles.items()}
    assert directions == {"ar": "rtl", "zh": "ltr", "en": "ltr"}
    assert "Arabic" in titles["ar"].value_of_css_property("font-family")
    assert browser.find_element(By.CSS_SELECTOR, "mark").value_of_css_property("background-color") != "rgba(0, 0, 0, 0)"
    assert all(url.startswith(f"{address}/") for url in requested(browser))
    assert log_of(browser, "browser") == []


def test_one_gets_from_the_search_box_to_the_proof_by_clicking(browser: Chrome, address: str) -> None:
    browser.get(address)
    browser.find_element(By.NAME, "q").send_keys("title:harvest")
    follow(browser, browser.find_element(By.CSS_SELECTOR, "form button"))
    follow(browser, browser.find_element(By.LINK_TEXT, "Rice harvest"))
    follow(browser, browser.find_element(By.LINK_TEXT, "version 1"))

    assert (
        browser.find_element(By.CSS_SELECTOR, ".text").text == "The rice harvest was good.\nReserves are <b>full</b>."
    )
    assert len(browser.find_element(By.CSS_SELECTOR, ".proof .hash").text) == 64
    assert all(url.startswith(f"{address}/") for url in requested(browser))
    assert log_of(browser, "browser") == []


@pytest.mark.parametrize("path", ["/", "/search?q=rice", "/o", "/o/kcna", "/status", "/nothing"])
def test_no_page_is_wider_than_a_phone(browser: Chrome, address: str, path: str) -> None:
    """Wide tables scroll within themselves."""
    metrics = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(address + path)

    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
