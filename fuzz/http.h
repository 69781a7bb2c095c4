// A request to a server of this process, as a client sends it.
#pragma once
#include <string>

namespace saddle {

/// Sends the bytes, with PORT in them as the server's port, and reads to the end of the answer; aborts where that is
/// an internal error. The sender has no token, so that nothing is computed.
void answer_request(const std::string& bytes);

}  // namespace saddle
