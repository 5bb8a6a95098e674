#include "api/compose/peer.hpp"

#include "adapters/http/client.hpp"

namespace pakashop::api {
namespace {

// A node that takes longer may be asleep; the same commands may be asked again.
constexpr int patience_ms = 3'000;
// A batch of outcomes whose records are all as large as they can be.
constexpr std::size_t reply_bytes_max = 64uz * 1024 * 1024;

}  // namespace

std::optional<std::string>
send_to_peer(const Config& config, const std::string& address, const std::string& commands) {
    HttpCall call;
    call.method = "POST";
    call.url = "http://" + address + peer_commands_path;
    call.headers.push_back({"x-internal-key", config.internal_key});
    call.headers.push_back({"Content-Type", "application/json"});
    call.body = commands;
    call.timeout_ms = patience_ms;
    call.reply_bytes_max = reply_bytes_max;
    auto reply = send(call);
    if (!reply || reply->status != 200) return std::nullopt;
    return std::move(reply->body);
}

}  // namespace pakashop::api
