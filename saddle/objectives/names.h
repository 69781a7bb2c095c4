// The names of the games, for the program's flags; it needs no LibTorch.
#pragma once
#include <array>

namespace saddle {

/// The names of the rows of `objectives()`, in their order.
constexpr std::array kObjectiveNames = {"minimax",
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

}  // namespace saddle
