from django.urls import URLPattern, path

from scheduling.views.appointment import AppointmentView
from scheduling.views.booking import BookView, FindPatientView, NewPatientView
from scheduling.views.day import DayView

urlpatterns: list[URLPattern] = [
    path("", DayView.as_view(), name="day"),
    path("book/", BookView.as_view(), name="book"),
    path("patients/search/", FindPatientView.as_view(), name="patient_search"),
    path("patients/new/", NewPatientView.as_view(), name="patient_new"),
    path("appointments/<int:pk>/", AppointmentView.as_view(), name="appointment"),
]
