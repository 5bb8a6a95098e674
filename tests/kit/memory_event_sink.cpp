#include "tests/kit/memory_event_sink.hpp"

#include <algorithm>

namespace pakashop::kit {
namespace {

unexpected<model::SinkProblem> away() {
    return unexpected{model::SinkProblem{model::SinkProblem::Kind::away, "away on cue"}};
}

}  // namespace

void MemoryEventSink::fail_next(SinkFault fault) {
    const std::lock_guard lock{mutex_};
    faults_.push_back(fault);
}

void MemoryEventSink::lose_tail(std::size_t count) {
    const std::lock_guard lock{mutex_};
    for (auto& [topic, messages] : topics_) {
        messages.there.resize(messages.there.size() - std::min(count, messages.there.size()));
        messages.began = !messages.there.empty();
    }
}

void MemoryEventSink::expire() {
    const std::lock_guard lock{mutex_};
    for (auto& [topic, messages] : topics_) messages.there.clear();
}

void MemoryEventSink::remove(std::string_view family) {
    const std::lock_guard lock{mutex_};
    std::erase_if(topics_, [&](const auto& each) { return each.first.first == family; });
}

void MemoryEventSink::forget_places() {
    const std::lock_guard lock{mutex_};
    places_.clear();
}

SinkFault MemoryEventSink::next_fault() {
    if (faults_.empty()) return SinkFault::none;
    const SinkFault fault = faults_.front();
    faults_.pop_front();
    met_ += fault == SinkFault::none ? 0 : 1;
    return fault;
}

Result<std::vector<model::SinkPartition>, model::SinkProblem>
MemoryEventSink::open(std::string_view, std::uint32_t partitions) {
    const std::lock_guard lock{mutex_};
    if (next_fault() == SinkFault::away) return away();
    std::vector<model::SinkPartition> out(partitions);
    for (const auto& [partition, place] : places_) out[partition].place = place;
    for (const auto& [topic, messages] : topics_) {
        const auto& [family, partition] = topic;
        if (!messages.there.empty()) {
            const model::PublicEvent& last = messages.there.back();
            out[partition].last[family] = {last.position, last.id};
        } else if (messages.began) {
            out[partition].emptied.push_back(family);
        }
    }
    return out;
}

Result<void, model::SinkProblem> MemoryEventSink::publish(std::span<const model::PublicEvent> events
) {
    const std::lock_guard lock{mutex_};
    const SinkFault fault = next_fault();
    if (fault == SinkFault::away) return away();
    std::map<Topic, std::size_t> count;
    for (const model::PublicEvent& event : events) {
        ++count[{std::string{event.family}, event.partition}];
    }
    std::map<Topic, std::size_t> written;
    for (const model::PublicEvent& event : events) {
        const Topic topic{event.family, event.partition};
        const bool left_out =
            fault == SinkFault::partly_written && written[topic] >= count[topic] / 2;
        if (left_out) continue;
        ++written[topic];
        topics_[topic].there.push_back(event);
        topics_[topic].began = true;
    }
    if (fault != SinkFault::none) return away();
    return {};
}

Result<void, model::SinkProblem>
MemoryEventSink::remember(std::string_view, std::span<const model::EgressPlace> places) {
    const std::lock_guard lock{mutex_};
    const SinkFault fault = next_fault();
    if (fault == SinkFault::away) return away();
    for (const model::EgressPlace& place : places) places_[place.checkpoint.partition] = place;
    if (fault != SinkFault::none) return away();
    return {};
}

std::map<MemoryEventSink::Topic, std::vector<model::PublicEvent>> MemoryEventSink::topics() const {
    const std::lock_guard lock{mutex_};
    std::map<Topic, std::vector<model::PublicEvent>> out;
    for (const auto& [topic, messages] : topics_) out[topic] = messages.there;
    return out;
}

std::size_t MemoryEventSink::count() const {
    const std::lock_guard lock{mutex_};
    std::size_t out = 0;
    for (const auto& [topic, messages] : topics_) out += messages.there.size();
    return out;
}

std::size_t MemoryEventSink::faults_met() const {
    const std::lock_guard lock{mutex_};
    return met_;
}

}  // namespace pakashop::kit
