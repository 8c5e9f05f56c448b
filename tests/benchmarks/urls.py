"""Every address of the site, and one that does nothing: the floor of every page."""

from django.http import HttpResponse
from django.urls import include, path

from clinics.permissions import Action, MemberView
from config.urls import handler500

__all__ = ["handler500", "urlpatterns"]


class NothingView(MemberView):
    """Knows who asks, and has nothing to say to them."""

    needs = Action.SEE_BOARD

    def get(self, _request):
        return HttpResponse("")


urlpatterns = [path("nothing/", NothingView.as_view(), name="nothing"), path("", include("config.urls"))]
