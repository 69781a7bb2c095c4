// Implements what the laboratory's sides share: their start, their rows, and what is shown of a target.
#include "saddle/lab/side.h"

#include "saddle/base/error.h"
#include "saddle/io/json_text.h"
#include "saddle/objectives/objective.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr double kShownDeviations = 2;  // standard deviations about where G starts that are shown

}  // namespace

LabSide::LabSide(const LabSetup& setup, const Extent& extent)
    : setup_(setup), target_(extent.low.defined() ? prepared_target(setup.target, setup.drawn) : nullptr),
      viewport_(target_ ? viewport_on(*target_->density, extent) : Viewport()) {}

std::string LabSide::start() const {
  json names = {"turn"};
  for (const auto& column : columns()) names.push_back(column.name);
  json start = {{"kind", setup_.player},
                {"dim", dim()},
                {"title", target_ ? target_->row->title : "the Dirac-GAN"},
                {"modes", target_ && setup_.player == "gan" ? target_->row->modes : 0},
                {"log_odds", find_objective(setup_.train.objective).logits_are_log_odds},
                {"columns", names},
                {"setup", json::parse(setup_json(setup_))}};
  if (!target_) return start.dump();
  start["reals"] = rounded_rows(reals_, 4);
  return joined_objects(start.dump(), viewport_json(viewport_));
}

bool LabSide::play(Move move) {
  if (failure_.empty()) failure_ = this->move(move);
  return failure_.empty();
}

LabFrame LabSide::frame(int64_t turn) {
  bool finite = true;
  try {
    last_picture_ = picture();
  } catch (const Error& error) {
    finite = false;
    if (failure_.empty()) failure_ = error.what();
  }
  json row = {turn};
  for (const auto& column : columns()) row.push_back(finite ? json(rounded(column.number(), column.digits)) : json());
  return {row.dump(), last_picture_, failure_};
}

void LabSide::go_back(const Checkpoint& snapshot) {
  restore(snapshot);
  failure_.clear();
}

Extent extent_of(const LabSetup& setup) {
  if (setup.player == "dirac") return {};
  const auto target = prepared_target(setup.target, setup.drawn);
  Extent extent = {target->low.clone(), target->high.clone()};
  if (setup.player != "gan" || setup.generator == "exact" || setup.offset == 0) return extent;
  const Tensor start = target->mean[0] + setup.offset * target->std[0], about = kShownDeviations * target->std[0];
  extent.low[0] = at::minimum(extent.low[0], start - about);
  extent.high[0] = at::maximum(extent.high[0], start + about);
  return extent;
}

std::unique_ptr<LabSide> make_side(const LabSetup& setup, const Extent& extent) {
  if (setup.player == "mixture") return make_mixture_side(setup, extent);
  if (setup.player == "dirac") return make_dirac_side(setup);
  return make_game_side(setup, extent);
}

}  // namespace saddle
