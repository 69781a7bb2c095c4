// Tests that what others throw reaches a user in one line of Saddle's form.
#include "saddle/base/failure_text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/tensor.h"

namespace saddle {
namespace {

std::string text_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::exception& error) {
    return failure_text(error);
  }
  return "nothing was thrown";
}

TEST(FailureText, IsAnErrorsOwn) {
  EXPECT_EQ(text_of([] { throw Error("x: expected y, got z"); }), "x: expected y, got z");
}

TEST(FailureText, NamesThePathAndTheReasonOfTheSystem) {
  EXPECT_EQ(text_of([] { const std::filesystem::path x = std::filesystem::canonical("/nonexistent/x"); }),
            "/nonexistent/x: expected what the system allows, got: No such file or directory");
}

TEST(FailureText, SaysThatMemoryIsShort) {
  EXPECT_TRUE(text_of([] { throw std::bad_alloc(); }).starts_with("memory: expected enough of it, got no more ("));
  const std::string torch = text_of([] { at::empty({int64_t{1} << 55}); });
  EXPECT_TRUE(torch.starts_with("memory: expected enough of it, got no 144115188075855872 bytes (")) << torch;
}

TEST(FailureText, AsksToReportWhatSaddleDidNotForesee) {
  const std::vector<std::function<void()>> defects = {
      [] { (void)std::map<std::string, int>().at("x"); },
      [] { (void)std::string("x").substr(7); },
      [] { (void)std::stoll("x"); },
      [] { std::vector<int> x(static_cast<size_t>(-1)); },
      [] { const nlohmann::json x = nlohmann::json::parse("{"); },
      [] { const auto x = nlohmann::json(7).get<std::string>(); },
      [] { at::mm(at::zeros({2, 3}), at::zeros({2, 3})); },
      [] { TORCH_INTERNAL_ASSERT(false, "why"); },
  };
  for (const auto& defect : defects) {
    const std::string text = text_of(defect);
    for (const char* foreign : {"terminate called", "what()", "c10", "Exception raised", "std::", "basic_", "\n"})
      EXPECT_EQ(text.find(foreign), std::string::npos) << text;
    EXPECT_TRUE(text.starts_with("saddle: expected to go on, got ")) << text;
    EXPECT_NE(text.find("please report it"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace saddle
