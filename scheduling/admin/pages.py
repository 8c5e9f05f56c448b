"""Pages of the administration beside Django's own: a form, a look at what it comes to, one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from clinics.admin import administered
from scheduling.admin.effects import PREVIEW, take_effect
from scheduling.forms import SaneDateField

MOST_ROWS = 200
"""What can be changed at once from a list."""


class EffectPage(View):
    """A change of many rows, or of rows that Django's own pages cannot reach, under the rules that hold for those.

    Who is concerned is locked first, the form is checked, `act` writes, and what it came to is shown where it was only
    to be looked at, or where it leaves visits outside that nobody agreed to. `act` refuses by a ValidationError.
    """

    http_method_names = ["get", "post"]  # noqa: RUF012 Django's own attribute
    model_admin: Any = None
    template_name = "admin/page.html"
    slug: ClassVar[str]
    tool: ClassVar[str | Promise] = ""
    """The words of the link to it; without them there is none."""
    title: ClassVar[str | Promise]
    lead: ClassVar[str | Promise] = ""
    """What it does, for who is there for the first time."""
    button: ClassVar[str | Promise] = gettext_lazy("Save")
    of_a_row: ClassVar[bool] = False
    form_class: ClassVar[Any]
    concerns: ClassVar[tuple[str, str]]
    """The field that says by keys whom it concerns, and the way to those from a practitioner."""
    begins: ClassVar[str] = ""
    """The field of the day from which it changes anything: the look at it begins there."""

    @classmethod
    def route_of(cls, model_admin: Any) -> str:
        opts = model_admin.opts
        return f"{opts.app_label}_{opts.model_name}_{cls.slug.replace('-', '_')}"

    @property
    def address(self) -> str:
        return reverse(f"admin:{self.route_of(self.model_admin)}", kwargs=self.kwargs)

    @property
    def list_address(self) -> str:
        opts = self.model_admin.opts
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if administered(request) is None or not self.model_admin.has_change_permission(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def sent(self, field: str) -> list[int]:
        """Give the keys that were sent as a field."""
        return [int(key) for key in self.request.POST.getlist(field) if key.isdecimal()]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 Django's signature
        self.read_row()
        return self.drawn(self.form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        field, path = self.concerns
        request.first_day = self.first_day()  # type: ignore[attr-defined] # for the look at it
        response: HttpResponse = self.model_admin.change_together(
            request, Q(**{f"{path}__in": self.sent(field)}), self.answer
        )
        return response

    def first_day(self) -> date | None:
        """Give the day from which what was sent changes anything; None where it does not say."""
        with suppress(ValidationError):
            said: date | None = SaneDateField(required=False).clean(self.request.POST.get(self.begins))
            return said
        return None

    def answer(self) -> HttpResponse:
        """Do what was sent, or draw it again: refused, or with what it would come to."""
        self.read_row()
        form = self.form(self.request.POST)
        if hasattr(self.request, "shows") or not form.is_valid():
            return self.drawn(form)
        self.noted = list(self.notes(form))  # for the look as well
        try:
            with transaction.atomic():
                said = self.act(form)
        except ValidationError as refused:
            form.add_error(None, refused)
            return self.drawn(form)
        take_effect(self.request)
        for words, level in ((said, messages.SUCCESS), (self.noted, messages.WARNING)):
            for each in words:
                self.model_admin.message_user(self.request, each, level)
        return HttpResponseRedirect(self.done())

    def read_row(self) -> None:
        rows = self.model_admin.get_queryset(self.request)
        self.row = get_object_or_404(rows, pk=self.kwargs["pk"]) if self.of_a_row else None

    # What a page says of itself

    def form(self, data: QueryDict | None = None) -> Any:
        return self.form_class(self.request, data)

    def act(self, form: Any) -> list[str]:
        """Write what the checked form says, with its events, and give what was done in words."""
        raise NotImplementedError

    def notes(self, form: Any) -> Iterable[str]:  # noqa: ARG002
        """Give what is worth knowing about a sound form, though nothing forbids it."""
        return []

    def done(self) -> str:
        """Give the address to go on to."""
        return self.list_address

    # Drawing

    def drawn(self, form: Any) -> HttpResponse:
        opts = self.model_admin.opts
        shown = getattr(self.request, "shows", None)
        context = {
            **self.model_admin.admin_site.each_context(self.request),
            "page": self,
            "opts": opts,
            "title": self.title,
            "subtitle": str(self.row) if self.row else None,
            "plural": capfirst(opts.verbose_name_plural),
            "form": form,
            "look": shown,
            "notes": self.noted if shown else [],
            **self.more(form),
        }
        return TemplateResponse(self.request, self.template_name, context)

    def more(self, form: Any) -> dict[str, Any]:
        """Give what the page's own template shows; here, the form as Django's own pages show theirs."""
        drawn = AdminForm(form, [(None, {"fields": list(form.fields)})], {})
        return {"adminform": drawn, "media": self.model_admin.media + form.media}


class PageForm(forms.Form):
    """A form of no single row, for what belongs to the organization of the request."""

    def __init__(self, request: HttpRequest, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.request = request
        self.organization = administered(request)
        self.offer()

    def offer(self) -> None:
        """Say which rows can be chosen, and what is filled in."""


class RowsForm(PageForm):
    """Rows that were marked in a list."""

    rows: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        None,
        widget=forms.MultipleHiddenInput,
        error_messages={"invalid_choice": gettext_lazy("Some of these rows are gone by now. Please choose again.")},
    )


class RowsPage(EffectPage):
    """What is done with the rows that were marked in a list: it begins with how many they are and what it comes to."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        return HttpResponseRedirect(self.list_address)

    @classmethod
    def begin(cls, model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """Answer an action of the list: look at what it would come to."""
        keys = list(rows.values_list("pk", flat=True)[: MOST_ROWS + 1])
        if len(keys) > MOST_ROWS:
            words = ngettext("Choose at most %d row at once.", "Choose at most %d rows at once.", MOST_ROWS) % MOST_ROWS
            model_admin.message_user(request, words, messages.ERROR)
            return None
        sent = QueryDict(mutable=True)
        sent.setlist("rows", [str(key) for key in keys])
        sent.update({PREVIEW: "1", **cls.first_look()})
        request.POST = sent  # type: ignore[assignment] # it says what the page itself would send
        return cast("HttpResponse", cls.as_view(model_admin=model_admin)(request))

    @classmethod
    def first_look(cls) -> dict[str, str]:
        """Give what the form says before anybody has filled it in."""
        return {}

    def form(self, data: QueryDict | None = None) -> Any:
        form = super().form(data)
        form.fields["rows"].queryset = self.model_admin.get_queryset(self.request)
        return form

    def marked(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model_admin.get_queryset(self.request).filter(pk__in=self.sent("rows"))
        return rows

    def more(self, form: Any) -> dict[str, Any]:
        rows = [self.model_admin.in_words(row) for row in self.marked()]
        heading = ngettext("%d row is concerned", "%d rows are concerned", len(rows)) % len(rows)
        return {**super().more(form), "rows": rows, "rows_heading": heading}
