// The names of games and regularisers, and the text that chooses regularisers; it needs no LibTorch.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace saddle {

/// The names of the rows of `objectives()`, in their order.
inline constexpr std::array kObjectiveNames = {"minimax",
                                               "non_saturating",
                                               "least_squares",
                                               "hinge",
                                               "wasserstein",
                                               "relativistic",
                                               "fgan_kl",
                                               "fgan_reverse_kl",
                                               "fgan_pearson_chi2",
                                               "fgan_neyman_chi2",
                                               "fgan_squared_hellinger",
                                               "fgan_jeffrey",
                                               "fgan_js",
                                               "fgan_gan",
                                               "fgan_total_variation"};

/// The names of the rows of `regularizers()`, in their order.
inline constexpr std::array kRegularizerNames = {
    "r1", "r2", "gradient_penalty", "dragan", "spectral_norm", "weight_clipping", "label_smoothing"};

/// One regulariser that a run uses.
struct ChosenRegularizer {
  std::string name;
  double strength = 0;   // 0: the row's own
  int64_t interval = 0;  // steps of D between penalties; 0: the row's own
};

/// Reads "NAME[=STRENGTH][/INTERVAL],..."; "none" is an empty list.
///
///   r1=0.5/1,label_smoothing=0.1
///
/// Throws: UsageError where a name is unknown (with the nearest known one) or stands twice, or a number is not
/// positive; `where` begins the message.
std::vector<ChosenRegularizer> parse_regularizers(const std::string& text, const std::string& where);

}  // namespace saddle
