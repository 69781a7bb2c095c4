// The pages that the build makes from web/; their definitions are generated files.
#pragma once
#include <string_view>

namespace saddle {

/// The report of a run, with {{title}} and then {{data}} where a run's own go.
extern const std::string_view kReportPage;

/// The page of a measurement, likewise.
extern const std::string_view kMeasurePage;

}  // namespace saddle
