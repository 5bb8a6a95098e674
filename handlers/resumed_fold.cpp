#include "handlers/resumed_fold.hpp"

namespace pakashop {

Admission resumed_fold(std::string_view generation, Store& store, PartitionId partition) {
    const AdmissionState at = store.state(partition);
    Admission fold{generation, partition, at};
    for (std::uint64_t seq = at.place.seq; seq > 0; --seq) {
        const auto head = store.head_at(partition, seq - 1);
        if (!head || !fold.recall(*head)) break;
    }
    return fold;
}

}  // namespace pakashop
