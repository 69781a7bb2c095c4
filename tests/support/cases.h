// The pairs of known densities, with their divergences, of tests/golden/public_cases.json.
#pragma once
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "saddle/distributions/density_json.h"

namespace saddle {

/// One pair, and the values that others computed for it: see the file's `conventions`.
struct Case {
  std::string name;
  std::shared_ptr<const Distribution> p, q;
  nlohmann::json values;  // null: infinite where `infinite` names it, else not known
};

inline const std::vector<Case>& all_cases() {
  static const std::vector<Case> cases = [] {
    std::ifstream file(std::string(SADDLE_GOLDEN) + "/public_cases.json");
    std::vector<Case> read;
    const auto document = nlohmann::json::parse(file);
    for (const auto& one : document.at("cases"))
      read.push_back(
          {one.at("name"), parse_density(one.at("p").dump(), "p"), parse_density(one.at("q").dump(), "q"), one});
    return read;
  }();
  return cases;
}

}  // namespace saddle
