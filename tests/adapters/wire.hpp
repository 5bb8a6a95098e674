#pragma once

#include <functional>
#include <string>

#include "adapters/http/client.hpp"
#include "events/kernel/match.hpp"
#include "handlers/ports/call_result.hpp"

namespace pakashop::kit {

/// Where a client's calls end in a test: the last one is kept, the answer is set beforehand.
struct Wire {
    HttpCall call;
    Result<HttpReply, HttpFailure> reply = HttpReply{200, {}, ""};

    auto sender() {
        return [this](const HttpCall& sent) {
            call = sent;
            return reply;
        };
    }
    void fail(HttpFailure::Kind kind) { reply = unexpected{HttpFailure{kind, "on cue"}}; }
};

/// Which of the five ends it is, with the provider's code where there is one.
template <class T>
std::string end_of(const CallResult<T>& result) {
    return match(
        result,
        [](const T&) { return std::string{"answer"}; },
        [](const Refused& r) { return "refused " + r.failure.code; },
        [](const TryLater& t) { return "later " + t.failure.code; },
        [](const NotSent&) { return std::string{"not_sent"}; },
        [](const Unknown&) { return std::string{"unknown"}; }
    );
}

}  // namespace pakashop::kit
