"""Home: the board of whoever runs a desk, one's own day of whoever only sees patients."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from clinics.permissions import Action, MemberView
from scheduling.views.day import DayView
from scheduling.views.today import TodayView


class HomeView(MemberView):
    needs = Action.SEE_DAY

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.request.user.is_superuser and self.request.membership is None:
            return redirect("admin:index")  # which is all that there is for them
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        view = DayView if Action.SEE_BOARD in self.request.may else TodayView
        return view.as_view()(request)
