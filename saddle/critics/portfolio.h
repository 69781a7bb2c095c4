// The critics that are tried on two samples, one table row each.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/critics/critic.h"

namespace saddle {

/// One kind of critic.
struct CriticKind {
  const char* name;
  const char* summary;                   // what it is strong at, one line for people
  bool (*suits)(const Labelled& train);  // whether it is worth its time on rows like these
  Critic (*fit)(const Labelled& train, const Labelled& held, uint64_t seed);  // `held` stops and chooses
};

/// All rows of the table.
const std::vector<CriticKind>& critic_kinds();

}  // namespace saddle
