#include "tests/simulation/books.hpp"

#include <algorithm>
#include <deque>

#include "handlers/policies/policies.hpp"
#include "tests/kit/plain_vault.hpp"

namespace pakashop::simulation {

Books::Moment Books::now(const std::string& stream) const {
    const auto found = streams_.find(stream);
    if (found != streams_.end()) return found->second.back();
    return {0, *initial_state(stream), 0};
}

bool Books::fits(const Wire& wire) const {
    const auto expected = outcome_of(errands_[*wire.errand]);
    return expected && std::ranges::equal(
                           *expected,
                           wire.record.events,
                           [](const Written& one, const RecordedEvent& other) {
                               return one.stream == other.stream && one.version == other.version &&
                                      one.type == other.type && one.payload == other.payload;
                           }
                       );
}

// The command, and whatever the policies make of each event; nothing when it is refused.
std::optional<std::vector<Books::Written>> Books::outcome_of(const Errand& errand) const {
    std::vector<Written> written;
    std::map<std::string, Moment> touched;
    std::deque<StreamCommand> open{{errand.stream, errand.command}};
    const PolicyContext context{errand_key, errand_time, hours(24)};
    kit::PlainVault vault;
    for (; !open.empty(); open.pop_front()) {
        const auto& [stream, command] = open.front();
        Moment& moment = touched.try_emplace(stream, now(stream)).first->second;
        auto decision = decide(moment.state, command);
        if (!decision) return std::nullopt;
        for (AnyEvent& event : *decision) {
            seal(event, vault, sealing_place(stream, ++moment.version));
            evolve(moment.state, event);
            const std::string type{type_of(event)};
            written.push_back({stream, moment.version, type, encode_event(event)});
            std::ranges::move(apply_policies(event, context), std::back_inserter(open));
        }
    }
    return written;
}

bool Books::take(const WirePointer& wire, std::size_t offset) {
    done_[*wire->errand] = {wire, offset + 1};
    for (const RecordedEvent& stored : wire->record.events) {
        const auto event = decode_event(stored.type, stored.payload);
        if (!event) return false;
        Moment moment = now(stored.stream);
        try {
            evolve(moment.state, *event);
        } catch (const CorruptStream&) {
            return false;
        }
        moment.from = offset + 1;
        moment.version = stored.version;
        streams_[stored.stream].push_back(std::move(moment));
    }
    return true;
}

void Books::clear() {
    streams_.clear();
    done_ = {};
}

template <class Holds>
bool Books::any_since(std::size_t errand, std::size_t since, Holds holds) const {
    const auto& [stream, command] = errands_[errand];
    const Done& done = done_[errand];
    const auto found = streams_.find(stream);
    const std::size_t changes = found == streams_.end() ? 0 : found->second.size();
    const Moment first{0, *initial_state(stream), 0};
    for (std::size_t i = 0; i <= changes; ++i) {
        const Moment& moment = i == 0 ? first : found->second[i - 1];
        const bool over = i < changes && found->second[i].from <= since;
        const bool later = done.wire && done.from <= std::max(since, moment.from);
        if (!over && !later && holds(decide(moment.state, command))) return true;
    }
    return false;
}

bool Books::refuses_since(std::size_t errand, std::string_view code, std::size_t since) const {
    return any_since(errand, since, [&](const auto& decision) {
        return !decision && decision.error() == code;
    });
}

bool Books::is_so_since(std::size_t errand, std::size_t since) const {
    return any_since(errand, since, [](const auto& decision) {
        return decision && decision->empty();
    });
}

}  // namespace pakashop::simulation
