#include "ops/sandbox/whatsapp.hpp"

#include <algorithm>
#include <expected>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ops/sandbox/behaviours.hpp"
#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view provider = "whatsapp";

/// A refusal in Meta's numbers.
struct Refusal {
    int status;
    int code;
    std::string details;
};

Reply failure(const Refusal& refusal) {
    const std::string message = fmt::format("(#{}) {}", refusal.code, refusal.details);
    const std::string trace = hex(sha256(message)).substr(0, 22);
    const ordered_json body{
        {"error",
         {{"message", message},
          {"type", "OAuthException"},
          {"code", refusal.code},
          {"error_data", {{"messaging_product", "whatsapp"}, {"details", refusal.details}}},
          {"fbtrace_id", trace}}}
    };
    return {.status = refusal.status, .body = body.dump()};
}

std::string error_body(int status, std::string_view) {
    const std::string details = "asked for by a behaviour";
    if (status == 401) return failure({status, 190, details}).body;
    if (status == 429) return failure({status, 130429, details}).body;
    return failure({status, 131000, details}).body;
}

using Parsed = std::expected<Message, Refusal>;

std::unexpected<Refusal> bad(std::string details) {
    return std::unexpected{Refusal{400, 131009, std::move(details)}};
}

std::string text_of(const ordered_json& object, std::string_view name) {
    if (!object.is_object() || !object.contains(name)) return {};
    const auto& value = object[std::string{name}];
    return value.is_string() ? value.get<std::string>() : std::string{};
}

/// The text parameters of a template's components, in order.
std::expected<std::vector<std::string>, Refusal> read_parameters(const ordered_json& used) {
    std::vector<std::string> values;
    if (!used.contains("components")) return values;
    if (!used["components"].is_array()) return bad("components has to be an array");
    for (const auto& component : used["components"]) {
        const std::string type = text_of(component, "type");
        if (type != "header" && type != "body" && type != "button") {
            return bad("a component is a header, a body or a button");
        }
        const auto parameters = component.value("parameters", ordered_json::array());
        if (!parameters.is_array()) return bad("parameters has to be an array");
        for (const auto& parameter : parameters) {
            const std::string text = text_of(parameter, "text");
            if (text_of(parameter, "type") != "text" || text.empty()) {
                return bad("only parameters of type text are understood, and they have a text");
            }
            values.push_back(text);
        }
    }
    return values;
}

bool is_template_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || all_digits({&c, 1}) || c == '_';
    });
}

Parsed read_template(const ordered_json& body, Message message) {
    const auto used = body.value("template", ordered_json{});
    if (!used.is_object()) return bad("template is missing");
    message.template_name = text_of(used, "name");
    if (!is_template_name(message.template_name)) {
        return std::unexpected{Refusal{404, 132001, "no template has this name"}};
    }
    if (text_of(used.value("language", ordered_json{}), "code").empty()) {
        return bad("template.language.code is missing");
    }
    auto parameters = read_parameters(used);
    if (!parameters) return std::unexpected{parameters.error()};
    message.parameters = std::move(*parameters);
    message.text = message.template_name;
    for (const auto& parameter : message.parameters) message.text += " " + parameter;
    return message;
}

Parsed read_free_text(const ordered_json& body, Message message) {
    constexpr std::size_t text_size_max = 4096;
    message.text = text_of(body.value("text", ordered_json{}), "body");
    if (message.text.empty() || message.text.size() > text_size_max) {
        return bad("text.body has 1 to 4096 characters");
    }
    return message;
}

Parsed read_message(const Call& call) {
    const auto body = ordered_json::parse(call.body, nullptr, false);
    if (!body.is_object()) return std::unexpected{Refusal{400, 100, "the body is no JSON object"}};
    if (text_of(body, "messaging_product") != "whatsapp") {
        return std::unexpected{Refusal{400, 100, "messaging_product has to be whatsapp"}};
    }
    Message message;
    message.channel = provider;
    message.to = text_of(body, "to");
    const std::string digits = digits_of(message.to);
    if (digits.size() < 8 || digits.size() > 15) return bad("to has to be a phone number");
    const std::string type = body.contains("type") ? text_of(body, "type") : "text";
    if (type == "template") return read_template(body, std::move(message));
    if (type == "text") return read_free_text(body, std::move(message));
    return std::unexpected{Refusal{400, 131051, "this type of message is not supported"}};
}

Reply accepted(const Message& message, std::int64_t hold_ms) {
    const ordered_json contact{{"input", message.to}, {"wa_id", digits_of(message.to)}};
    const ordered_json sent{{"id", message.id}, {"message_status", "accepted"}};
    const ordered_json body{
        {"messaging_product", "whatsapp"},
        {"contacts", ordered_json::array({contact})},
        {"messages", ordered_json::array({sent})},
    };
    return {.body = body.dump(), .hold_ms = hold_ms};
}

Reply post_message(const Desk& desk, const Call& call) {
    Ledger& ledger = desk.ledger;
    auto message = read_message(call);
    const Subject subject =
        message ? Subject{message->to, "", {message->template_name}} : Subject{};
    if (auto instead = fire_instead(ledger, provider, "message", subject, error_body)) {
        return *instead;
    }
    if (bearer_of(call).empty()) return failure({401, 190, "an access token is needed"});
    if (!message) return failure(message.error());
    if (fire(ledger, provider, "message", "refuse", subject)) {
        return failure({400, 131026, "the message cannot be delivered to this number"});
    }
    const auto silence =
        fire(ledger, provider, "message", "timeout_after_accept", subject, silence_ms);
    const std::string seed = fmt::format("{}|{}", desk.now, ledger.messages().size());
    message->id = "wamid." + base64(sha256(seed));
    message->at = desk.now;
    ledger.commit(*message);
    return accepted(*message, silence.value_or(0));
}

}  // namespace

Reply answer_whatsapp(const Desk& desk, const Call& call) {
    const auto parts = segments_of(call.path);
    const bool messages = parts.size() == 4 && parts[1].starts_with('v') && parts[3] == "messages";
    if (call.method == "POST" && messages) return post_message(desk, call);
    return failure({404, 100, "there is no such object or call"});
}

}  // namespace pakashop::sandbox
