// Where the program keeps what it fetched or learnt once.
#pragma once
#include <string>

namespace saddle::cli {

/// The folder that `./run` fetches into, by the environment; empty: there is none.
std::string cache_folder();

}  // namespace saddle::cli
