#pragma once

#include <chrono>
#include <thread>

namespace pakashop::kit {

/// Waits for something that another thread brings about: true as soon as it holds, false when it
/// does not in time.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds time = std::chrono::seconds{20}) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return condition();
}

}  // namespace pakashop::kit
