// The pages that the build makes from web/; their definitions are generated files.
#pragma once
#include <string_view>

namespace saddle {

/// The report of a run, with {{title}} and then {{data}} where a run's own go.
extern const std::string_view kReportPage;

/// The page of a measurement, likewise.
extern const std::string_view kMeasurePage;

/// The live page of `saddle view`, whole: it holds no data and asks its own server for them.
extern const std::string_view kViewPage;

/// The page of a recording of the laboratory, with {{title}} and then {{data}}, which the live page puts in.
extern const std::string_view kLessonPage;

}  // namespace saddle
