from django.urls import URLPattern, path

from scheduling.views.appointment import AppointmentView
from scheduling.views.booking import BookView, FindPatientView, NewPatientView
from scheduling.views.day import DayView
from scheduling.views.patient_link import PatientCalendarView, PatientLinkView
from scheduling.views.requests import AnswerRequestView, RequestsView

urlpatterns: list[URLPattern] = [
    path("", DayView.as_view(), name="day"),
    path("book/", BookView.as_view(), name="book"),
    path("patients/search/", FindPatientView.as_view(), name="patient_search"),
    path("patients/new/", NewPatientView.as_view(), name="patient_new"),
    path("requests/", RequestsView.as_view(), name="requests"),
    path("requests/<int:pk>/", AnswerRequestView.as_view(), name="request_answer"),
    path("a/<str:token>/", PatientLinkView.as_view(), name="patient_link"),
    path("a/<str:token>/appointment.ics", PatientCalendarView.as_view(), name="patient_calendar"),
    path("appointments/<int:pk>/", AppointmentView.as_view(), name="appointment"),
]
