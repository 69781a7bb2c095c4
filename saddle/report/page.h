// The page that the build makes from web/ and dygraphs; its definition is a generated file.
#pragma once
#include <string_view>

namespace saddle {

/// The whole page, with {{title}} and then {{data}} where a run's own go.
extern const std::string_view kReportPage;

}  // namespace saddle
