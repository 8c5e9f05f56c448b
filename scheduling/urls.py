from django.urls import URLPattern, path

from scheduling.views.appointment import AppointmentView
from scheduling.views.availability import AvailabilityView
from scheduling.views.booking import BookView, FindPatientView, NewPatientView
from scheduling.views.calls import CallsView, CallView
from scheduling.views.changes import EditView, MoveView
from scheduling.views.encounter import EncounterView, FinalizeView, OpenEncounterView
from scheduling.views.feed import FeedCalendarView, FeedView
from scheduling.views.follow_up import FollowUpView, KeepView, MissedView
from scheduling.views.help import HelpForView, HelpPageView, HelpView, WholeManualView
from scheduling.views.home import HomeView
from scheduling.views.merging import DuplicatesView, MergeView, SameAsView, TellApartView, UndoMergeView
from scheduling.views.no_shows import NoShowsView
from scheduling.views.notices import FailedNoticesView, NoticesView, OpenNoticeView, ReadNoticesView, RetryNoticeView
from scheduling.views.patient import PatientView
from scheduling.views.patient_link import PatientCalendarView, PatientLinkView
from scheduling.views.requests import AnswerRequestView, RequestsView
from scheduling.views.statistics import StatisticsCsvView, StatisticsView
from scheduling.views.steps import CancelView, StepView, UndoView
from scheduling.views.takeover import TakeoverView
from scheduling.views.today import TodayView
from scheduling.views.upcoming import UpcomingView

urlpatterns: list[URLPattern] = [
    path("", HomeView.as_view(), name="day"),
    path("today/", TodayView.as_view(), name="today"),
    path("book/", BookView.as_view(), name="book"),
    path("patients/search/", FindPatientView.as_view(), name="patient_search"),
    path("patients/new/", NewPatientView.as_view(), name="patient_new"),
    path("patients/<int:pk>/", PatientView.as_view(), name="patient"),
    path("patients/<int:pk>/same/", SameAsView.as_view(), name="same_as"),
    path("patients/<int:pk>/merge/<int:other>/", MergeView.as_view(), name="merge"),
    path("patients/<int:pk>/not-same/<int:other>/", TellApartView.as_view(), name="tell_apart"),
    path("patients/merges/<int:pk>/undo/", UndoMergeView.as_view(), name="merge_undo"),
    path("patients/duplicates/", DuplicatesView.as_view(), name="duplicates"),
    path("upcoming/", UpcomingView.as_view(), name="upcoming"),
    path("availability/", AvailabilityView.as_view(), name="availability"),
    path("requests/", RequestsView.as_view(), name="requests"),
    path("requests/<int:pk>/", AnswerRequestView.as_view(), name="request_answer"),
    path("follow-up/", FollowUpView.as_view(), name="follow_up"),
    path("follow-up/takeover/", TakeoverView.as_view(), name="takeover"),
    path("follow-up/<int:pk>/keep/", KeepView.as_view(), name="keep_outside"),
    path("follow-up/<int:pk>/", MissedView.as_view(), name="missed"),
    path("calls/", CallsView.as_view(), name="calls"),
    path("calls/<int:pk>/", CallView.as_view(), name="call"),
    path("statistics/no-shows/", NoShowsView.as_view(), name="no_shows"),
    path("notices/", NoticesView.as_view(), name="notices"),
    path("notices/read/", ReadNoticesView.as_view(), name="notices_read"),
    path("notices/<int:pk>/", OpenNoticeView.as_view(), name="notice_open"),
    path("notices/failed/", FailedNoticesView.as_view(), name="notices_failed"),
    path("notices/failed/<int:pk>/", RetryNoticeView.as_view(), name="notice_retry"),
    path("feed/", FeedView.as_view(), name="feed"),
    path("feed/<slug:secret>.ics", FeedCalendarView.as_view(), name="feed_calendar"),
    path("statistics/", StatisticsView.as_view(), name="statistics"),
    path("statistics/csv/", StatisticsCsvView.as_view(), name="statistics_csv"),
    path("help/", HelpView.as_view(), name="help"),
    path("help/all/", WholeManualView.as_view(), name="help_all"),
    path("help/for/<slug:route>/", HelpForView.as_view(), name="help_for"),
    path("help/<slug:slug>/", HelpPageView.as_view(), name="help_page"),
    path("a/<str:token>/", PatientLinkView.as_view(), name="patient_link"),
    path("a/<str:token>/appointment.ics", PatientCalendarView.as_view(), name="patient_calendar"),
    path("appointments/<int:pk>/", AppointmentView.as_view(), name="appointment"),
    path("appointments/<int:pk>/status/", StepView.as_view(), name="appointment_step"),
    path("appointments/<int:pk>/undo/", UndoView.as_view(), name="appointment_undo"),
    path("appointments/<int:pk>/cancel/", CancelView.as_view(), name="appointment_cancel"),
    path("appointments/<int:pk>/move/", MoveView.as_view(), name="appointment_move"),
    path("appointments/<int:pk>/edit/", EditView.as_view(), name="appointment_edit"),
    path("appointments/<int:pk>/encounter/", OpenEncounterView.as_view(), name="encounter_open"),
    path("encounters/<int:pk>/", EncounterView.as_view(), name="encounter"),
    path("encounters/<int:pk>/finalize/", FinalizeView.as_view(), name="encounter_finalize"),
]
