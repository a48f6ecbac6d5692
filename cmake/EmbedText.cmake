# nas_embed_text(target VARIABLE file): compiles the text `file` into `target` as
#   extern const std::string_view VARIABLE;   in namespace nas::embedded
# Run as a script (cmake -P) it writes the source file.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${INPUT} content)
  file(WRITE ${OUTPUT} "#include <string_view>\n\nnamespace nas::embedded {\n"
    "extern const std::string_view ${VARIABLE};\n"
    "const std::string_view ${VARIABLE} = R\"nas_embedded(${content})nas_embedded\";\n}\n")
  return()
endif()

set(NAS_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(nas_embed_text target variable file)
  get_filename_component(input ${file} ABSOLUTE)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${variable}.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DVARIABLE=${variable} -P ${NAS_EMBED_SCRIPT}
    DEPENDS ${input} ${NAS_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
