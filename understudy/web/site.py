"""Every page and file that browsers get, by path."""

from __future__ import annotations

from dataclasses import replace

from understudy.dialects.deepinfra import SERVICE
from understudy.dialects.openai_chat import OpenAIChat
from understudy.server.edge import Handler
from understudy.server.pipeline import Services
from understudy.web.pages import Pages
from understudy.web.playground import show_models
from understudy.web.session import Sessions
from understudy.web.static_files import StaticFiles

DIALECT = OpenAIChat(SERVICE)
"""Words what is no page: a wrong method, a file that is not there, a refused pull."""


class Site:
    """``services`` knows the sessions of its pages as callers; ``sessions`` goes around the app."""

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self.sessions = Sessions(settings.web_session)
        self.services = replace(services, keys=self.sessions.keys(services.keys, settings.home))
        self._static = StaticFiles()
        self.pages = Pages(self._static, self.sessions)

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Handlers by path (in Starlette's form) and method, in the order to try them in."""
        playground = show_models(self.services.catalog)
        return {
            "/": {"GET": self.pages.handler("catalogue.html", lambda exchange: {})},
            "/playground": {"GET": self.pages.handler("playground.html", playground)},
            StaticFiles.PATH: {"GET": self._static},
        }
