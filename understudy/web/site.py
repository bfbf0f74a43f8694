"""Every page and file that browsers get, by path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from understudy.dialects.deepinfra import SERVICE
from understudy.dialects.openai_chat import OpenAIChat
from understudy.server.edge import Handler
from understudy.server.exchange import Exchange
from understudy.server.openapi import described
from understudy.server.pipeline import Services
from understudy.web.catalogue import CataloguePage
from understudy.web.docs_pages import IMAGES, Docs
from understudy.web.headers import GUARDED
from understudy.web.model_page import ModelPage
from understudy.web.models import Models
from understudy.web.pages import Context, Pages
from understudy.web.playground import show_models
from understudy.web.pulling import Pulling
from understudy.web.reference import Reference
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
        self._models = Models(settings, services.catalog)
        self._pulling = Pulling(self.services, self._models)
        self._docs = Docs()
        self._show_doc = self.pages.handler("doc.html", self._docs.page)
        self._reference = Reference(lambda: described(self.services))
        self._model_page = ModelPage(self.services, self._models, self.sessions)

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Handlers by path (in Starlette's form) and method, in the order to try them in."""
        return {
            "/": {"GET": self._page("catalogue.html", CataloguePage(self._models))},
            Pulling.PATH: {
                "GET": self._pulling.watch,
                "POST": self._pulling.start,
                "DELETE": self._pulling.stop,
            },
            ModelPage.PATH: {"GET": self._page("model.html", self._model_page)},
            "/playground": {
                "GET": self.pages.handler("playground.html", show_models(self._models))
            },
            "/docs": {"GET": self.pages.handler("docs.html", self._docs.index)},
            "/docs/api": {"GET": self.pages.handler("reference.html", self._reference)},
            "/docs/{name:path}": {"GET": self._doc},
            StaticFiles.PATH: {"GET": self._static},
        }

    def _page(self, template: str, context: Callable[[Exchange], Context]) -> Handler:
        return self.pages.handler(
            template, lambda exchange: {"pulling": self._pulling.running, **context(exchange)}
        )

    async def _doc(self, exchange: Exchange) -> None:
        """A page of the docs, or an image on one."""
        image = self._docs.image(exchange.path_params["name"])
        if image is None:
            await self._show_doc(exchange)
            return
        headers = {**GUARDED, "content-type": IMAGES[image.suffix], "cache-control": "max-age=3600"}
        await exchange.answer(await asyncio.to_thread(image.read_bytes), headers=headers)
