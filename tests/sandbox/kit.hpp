/// A sandbox in memory for tests: time stands still until it is moved.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "ops/sandbox/world.hpp"

namespace pakashop::sandbox::kit {

using nlohmann::json;

/// What a call came to.
struct Answer {
    int status = 0;
    json body;
    std::int64_t hold_ms = 0;
    std::string text;
};

/// The world, the lines it wrote and the callbacks it wants to send.
class Bench {
public:
    Bench();

    /// Calls with a JSON body; a string goes as it is.
    Answer call(const std::string& method, const std::string& target, const json& body = nullptr);
    Answer call_with(
        const std::string& method,
        const std::string& target,
        const std::string& body,
        const Fields& headers
    );

    /// Asks for a misbehaviour; extra members such as match and ms may be given.
    void misbehave(
        const std::string& provider,
        const std::string& operation,
        const std::string& behaviour,
        const json& extra = json::object()
    );

    /// Moves time on; returns the callbacks that fall due, each answered with `status`.
    std::vector<Delivery> pass(std::int64_t ms, int status = 200);

    /// The callbacks due now, left unanswered.
    std::vector<Delivery> take_deliveries();

    /// Another world made of this one's lines.
    Bench restarted();

    World& world() { return *world_; }
    const std::vector<std::string>& lines() const { return lines_; }
    Instant wall() const { return wall_; }
    static std::shared_ptr<const CallbackSecrets> secrets();

private:
    void collect();

    std::unique_ptr<World> world_;
    Instant wall_ = 1'800'000'000'000;
    std::vector<std::string> lines_;
    std::vector<Delivery> deliveries_;
};

/// The n-th id, and requests with everything they need.
std::string uuid(int n);
json deposit(int n, const std::string& amount = "100", const std::string& phone = "260763456789");
json payout(int n, const std::string& amount = "100", const std::string& phone = "260973456789");
json refund(int n, int deposit, const std::string& amount);

/// A document that adds up: one line of 5000.00, its tax inside.
json invoice(
    const std::string& tpin = "1234567890",
    const std::string& number = "PKS-20260512-001"
);

/// The failure code of a refusal, or an empty text.
std::string code_of(const Answer& answer);

}  // namespace pakashop::sandbox::kit
