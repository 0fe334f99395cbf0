package main

// A model that was compiled into a library, for Go: what main.go needs of model.h.

/*
#cgo LDFLAGS: ${SRCDIR}/model.a
#include "model.h"
#include <stdlib.h>

// Go cannot name what only C's linker knows: the program of this model's library.
static lfm2rt_status open_model(lfm2rt_model *model, lfm2rt_error *error) {
  return lfm2rt_model_open(model, &model_program, error);
}
*/
import "C"

import (
	"encoding/json"
	"errors"
	"unsafe"
)

// Model is a model with its weights, and one conversation. Its objects are C's: their
// addresses stay as they are, which the runtime needs and Go's memory does not promise.
type Model struct {
	model   *C.lfm2rt_model
	weights *C.lfm2rt_weights
	failure *C.lfm2rt_error
	context *C.lfm2rt_context
	memory  unsafe.Pointer
}

func (m *Model) check(status C.lfm2rt_status) error {
	if status == C.LFM2RT_OK {
		return nil
	}
	return errors.New(C.GoString(&m.failure.message[0]))
}

// Open maps the weights and makes a context of so many tokens. Close gives all back, after an
// error as well.
func (m *Model) Open(weights string, tokens, threads uint32) error {
	m.model = (*C.lfm2rt_model)(C.calloc(1, C.sizeof_lfm2rt_model))
	m.weights = (*C.lfm2rt_weights)(C.calloc(1, C.sizeof_lfm2rt_weights))
	m.failure = (*C.lfm2rt_error)(C.calloc(1, C.sizeof_lfm2rt_error))
	path := C.CString(weights)
	defer C.free(unsafe.Pointer(path))
	if err := m.check(C.open_model(m.model, m.failure)); err != nil {
		return err
	}
	if err := m.check(C.lfm2rt_weights_open_file(m.weights, m.model, path, m.failure)); err != nil {
		return err
	}
	options := C.lfm2rt_context_options{tokens: C.uint32_t(tokens), threads: C.uint32_t(threads)}
	bytes := C.lfm2rt_context_size(m.model, &options)
	m.memory = C.aligned_alloc(4096, C.size_t(bytes))
	return m.check(C.lfm2rt_context_create(&m.context, m.weights, &options, m.memory, bytes, m.failure))
}

// Close ends the context and unmaps the weights.
func (m *Model) Close() {
	if m.context != nil {
		C.lfm2rt_context_destroy(m.context)
	}
	if m.weights != nil {
		C.lfm2rt_weights_close(m.weights)
	}
	for _, memory := range []unsafe.Pointer{m.memory, unsafe.Pointer(m.model), unsafe.Pointer(m.weights),
		unsafe.Pointer(m.failure)} {
		C.free(memory)
	}
	*m = Model{}
}

// Message is what one side of a conversation says, as OpenAI's interface has it.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Tokens are the ids of a conversation that the model is to answer, by its own chat template.
func (m *Model) Tokens(messages []Message) ([]int32, error) {
	text, err := json.Marshal(messages)
	if err != nil {
		return nil, err
	}
	list := C.CBytes(text)
	defer C.free(list)
	said := C.lfm2rt_conversation{messages: (*C.char)(list), messages_bytes: C.uint64_t(len(text)),
		flags: C.LFM2RT_CHAT_ANSWER}
	for bytes := C.lfm2rt_chat_work_size(m.weights, &said); ; bytes = m.failure.needed {
		work := C.malloc(C.size_t(bytes))
		var ids *C.int32_t
		var count C.uint64_t
		status := C.lfm2rt_chat_encode(m.weights, &said, work, bytes, &ids, &count, m.failure)
		if status == C.LFM2RT_NO_MEMORY && m.failure.needed > bytes {
			C.free(work) // Another round with as much as it takes.
			continue
		}
		var copied []int32
		if err = m.check(status); err == nil {
			copied = append(copied, unsafe.Slice((*int32)(ids), int(count))...)
		}
		C.free(work)
		return copied, err
	}
}

// Read reads tokens, behind those that were read before.
func (m *Model) Read(ids []int32) error {
	if len(ids) == 0 {
		return nil
	}
	return m.check(C.lfm2rt_eval(m.context, (*C.int32_t)(&ids[0]), C.uint32_t(len(ids)), nil, m.failure))
}

// Next draws a token; false where it ends the answer.
func (m *Model) Next() (int32, bool) {
	token := C.lfm2rt_sample(m.context)
	return int32(token), token >= 0 && C.lfm2rt_token_is_stop(m.weights, token) == 0
}

// Text is what a token stands for: bytes, maybe a part of a character.
func (m *Model) Text(token int32) []byte {
	var length C.size_t
	text := C.lfm2rt_token_text(m.weights, C.int32_t(token), &length)
	return C.GoBytes(unsafe.Pointer(text), C.int(length))
}
