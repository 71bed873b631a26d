{{/* Labels by which the slot's pods are found; a Deployment's selector can never be changed. */}}
{{- define "app.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
rotation/slot: {{ .Values.slot }}
{{- end }}

{{- define "app.labels" -}}
{{ include "app.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
