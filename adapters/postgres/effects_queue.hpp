#pragma once

#include <memory>
#include <string>

#include "handlers/ports/effects_queue.hpp"

namespace pakashop::postgres {

/// `effects_due` as a queue for several workers, also of several processes: rows are taken with FOR
/// UPDATE SKIP LOCKED and noted in `effect_leases`. Waits are ended by the NOTIFY of the
/// projection.
class EffectsQueue final : public pakashop::EffectsQueue {
public:
    explicit EffectsQueue(std::string url);
    ~EffectsQueue() override;

    Result<std::vector<DueEffect>, ReadFailure> lease(
        std::span<const EffectKind> kinds,
        Instant now,
        std::size_t limit,
        Duration lease
    ) override;
    void wait(Duration at_most) override;
    void wake() override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop::postgres
