// The family `table`: residual MLPs for encoded rows of tables, whose G draws one level of every column.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "saddle/base/column_span.h"
#include "saddle/networks/network.h"

namespace saddle {

/// Encoded rows as G makes them: of each column one level, and its number where the last level is chosen.
///
/// The level is the largest of logits + noise; with Gumbel noise it is drawn as softmax(logits) says. Backward, the
/// choice counts as softmax((logits + noise) / temperature), straight through; so it can be differentiated once.
/// Shapes: logits and noise [n, width], result [n, width], float32; at a column's number `logits` holds that, and
/// `noise` is not read. Source: Jang et al. 2017, Categorical Reparameterization with Gumbel-Softmax, section 2.2.
Tensor choose_levels(const Tensor& logits, const Tensor& noise, const std::vector<ColumnSpan>& spans,
                     double temperature);

/// A linear layer, `layers` residual blocks of two, and a linear layer, `generator_width` wide.
///
/// Of z, the last `shape[0]` numbers are noise, one for each number of an encoded row: it chooses levels, and is added
/// to numbers with a learnt scale, so that P_G has a density there. With classes, each has a learnt vector beside z,
/// and what `label_rows` says of a column stands there, whatever G would make: a label is always kept. Throws: Error
/// where the spans do not fill a row, and where latent_dim is not larger than it.
std::unique_ptr<Network> make_table_generator(const NetworkOptions& options, uint64_t seed);

/// The same layers with one logit; labels are in the rows.
std::unique_ptr<Network> make_table_discriminator(const NetworkOptions& options, uint64_t seed);

}  // namespace saddle
