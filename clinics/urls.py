from django.urls import path

from clinics.keys import KeysView
from clinics.language import LanguageView
from clinics.passwords import ChooseView, ForgottenView
from clinics.views import SignInView, SignOutView, SwitchView

urlpatterns = [
    path("login/", SignInView.as_view(), name="login"),
    path("logout/", SignOutView.as_view(), name="logout"),
    path("password/", ForgottenView.as_view(), name="password_forgotten"),
    path("password/<uidb64>/<token>/", ChooseView.as_view(), name="password_choose"),
    path("organization/", SwitchView.as_view(), name="switch"),
    path("keys/", KeysView.as_view(), name="keys"),
    path("language/", LanguageView.as_view(), name="language"),
]
